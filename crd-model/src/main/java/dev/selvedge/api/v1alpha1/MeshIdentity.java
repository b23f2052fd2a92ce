// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** {@code spec.identity} of a {@link Mesh}: how long each level of the certificates lives. */
@ApiObject
@ValidationRule(
        value = "duration(self.workload.lifetime) >= duration('1m')",
        fieldPath = ".workload.lifetime",
        message = "must be at least 1m")
@ValidationRule(
        value = "duration(self.workload.lifetime) <= duration(self.intermediate.lifetime)",
        fieldPath = ".workload.lifetime",
        message = "must not be longer than intermediate.lifetime")
@ValidationRule(
        value = "duration(self.intermediate.lifetime) <= duration(self.trustAnchor.lifetime)",
        fieldPath = ".intermediate.lifetime",
        message = "must not be longer than trustAnchor.lifetime")
@ValidationRule(
        value = "duration(self.trustAnchor.renewBefore) < duration(self.trustAnchor.lifetime)",
        fieldPath = ".trustAnchor.renewBefore",
        message = "must be shorter than trustAnchor.lifetime; set both")
@ValidationRule(
        value = "duration(self.intermediate.renewBefore) < duration(self.intermediate.lifetime)",
        fieldPath = ".intermediate.renewBefore",
        message = "must be shorter than intermediate.lifetime; set both")
@ValidationRule(
        value = "duration(self.rotation.drain) + duration(self.rotation.waitForAbsent)"
                + " < duration(self.trustAnchor.renewBefore)",
        fieldPath = ".trustAnchor.renewBefore",
        message = "must be longer than rotation.drain and rotation.waitForAbsent together,"
                + " or the old anchor ends before it can be retired")
@ValidationRule(
        value = "self.issuer.source != 'Secret' || !has(self.rotation.requested)",
        fieldPath = ".rotation.requested",
        message =
                "has no effect on an issuer that a Secret provides; remove it, and provide an issuer of another anchor")
@ValidationRule(
        value = "self.provisioning != 'PodCertificate' || (duration(self.workload.lifetime) >= duration('1h')"
                + " && duration(self.workload.lifetime) <= duration('24h'))",
        fieldPath = ".workload.lifetime",
        message = "must be between 1h and 24h while provisioning is PodCertificate")
@ValidationRule(
        value = "self.provisioning != 'PodCertificate' || self.issuer.source == 'Managed'",
        fieldPath = ".provisioning",
        message = "must be ControlPlane with an issuer that a Secret provides")
public record MeshIdentity(
        @Default("{}") @JsonPropertyDescription("Where the issuer and its trust anchor come from.")
        Issuer issuer,

        @Default("{}") @JsonPropertyDescription("Trust anchors beside the mesh's own.")
        TrustBundle trustBundle,

        @Default("ECDSA-P256")
        @JsonPropertyDescription("The keys of trust anchors and issuers: ECDSA-P256, ECDSA-P384, or RSA (3072 bits) for"
                + " clients that know nothing else. Keys of proxies are always P-256. Default: ECDSA-P256."
                + " Holds for the next that is made.")
        Algorithm algorithm,

        @Default("{}")
        @JsonPropertyDescription("The root certificate that every proxy trusts. Its key stays in a Secret that only the"
                + " rotation Job can read.")
        TrustAnchor trustAnchor,

        @Default("{}")
        @JsonPropertyDescription("The issuer: signed by the trust anchor, held by the operator, signs the workloads'.")
        Intermediate intermediate,

        @Default("{}") @JsonPropertyDescription("The certificate of each proxy. Its key is never written to a disk.")
        Workload workload,

        @Default("{}") @JsonPropertyDescription("How one trust anchor follows another.")
        MeshRotation rotation,

        @Default("ControlPlane")
        @JsonPropertyDescription(
                "Who makes the keys of proxies. ControlPlane: the operator, in its memory, and sends them"
                        + " over the authenticated stream. PodCertificate: the kubelet, by the PodCertificateRequests of"
                        + " certificates.k8s.io/v1beta1, and the operator signs; the key never leaves the node. It holds for pods"
                        + " that start afterwards. Where the API server does not offer it, ControlPlane is used, and the condition"
                        + " PodCertificates says so. Default: ControlPlane.")
        Provisioning provisioning) {
    static final MeshIdentity DEFAULT = new MeshIdentity(
            Issuer.DEFAULT,
            TrustBundle.DEFAULT,
            Algorithm.ECDSA_P256,
            TrustAnchor.DEFAULT,
            Intermediate.DEFAULT,
            Workload.DEFAULT,
            MeshRotation.DEFAULT,
            Provisioning.CONTROL_PLANE);

    public MeshIdentity {
        issuer = requireNonNullElse(issuer, Issuer.DEFAULT);
        trustBundle = requireNonNullElse(trustBundle, TrustBundle.DEFAULT);
        algorithm = requireNonNullElse(algorithm, Algorithm.ECDSA_P256);
        trustAnchor = requireNonNullElse(trustAnchor, TrustAnchor.DEFAULT);
        intermediate = requireNonNullElse(intermediate, Intermediate.DEFAULT);
        workload = requireNonNullElse(workload, Workload.DEFAULT);
        rotation = requireNonNullElse(rotation, MeshRotation.DEFAULT);
        provisioning = requireNonNullElse(provisioning, Provisioning.CONTROL_PLANE);
    }

    /** Who makes the keys of proxies. */
    public enum Provisioning {
        @JsonProperty("ControlPlane")
        CONTROL_PLANE,
        @JsonProperty("PodCertificate")
        POD_CERTIFICATE
    }

    /** Where the issuer comes from. */
    @ApiObject
    public record Issuer(
            @Default("Managed")
            @JsonPropertyDescription("Managed: the operator has its rotation Job make the trust anchor and the issuers,"
                    + " as algorithm, trustAnchor and intermediate say. Secret: somebody else, such as cert-manager or Vault,"
                    + " keeps an issuer in the Secret selvedge-provided-issuer of the operator's namespace: tls.crt with the"
                    + " issuer's certificate and its chain, tls.key with its key, ca.crt with the trust anchor. It is checked"
                    + " before it is used and taken over when it changes; one under another trust anchor stage by stage, as"
                    + " rotation says. algorithm, trustAnchor and intermediate then have no effect, and whoever provides"
                    + " the issuer renews it. Default: Managed.")
            IssuerSource source) {
        static final Issuer DEFAULT = new Issuer(IssuerSource.MANAGED);

        public Issuer {
            source = requireNonNullElse(source, IssuerSource.MANAGED);
        }
    }

    /** Who makes the issuer. */
    public enum IssuerSource {
        @JsonProperty("Managed")
        MANAGED("Managed"),
        @JsonProperty("Secret")
        SECRET("Secret");

        private final String text;

        IssuerSource(String text) {
            this.text = text;
        }

        /** As it stands in the spec. */
        public String text() {
            return text;
        }
    }

    /** Trust anchors beside the mesh's own. */
    @ApiObject
    public record TrustBundle(
            @Default("None")
            @JsonPropertyDescription(
                    "None: proxies trust the mesh's own anchors alone. ConfigMap: also those in the entry"
                            + " ca.crt of the ConfigMap selvedge-additional-anchors of the operator's namespace, PEM, at most 16, for"
                            + " the trust domain of the mesh and its aliases: while workloads come from another mesh or authority."
                            + " Whoever holds the key of one can be any workload. They are checked before they are used and"
                            + " taken over when they change. Default: None. Enforced at the proxies of clients and servers.")
            BundleSource source) {
        static final TrustBundle DEFAULT = new TrustBundle(BundleSource.NONE);

        public TrustBundle {
            source = requireNonNullElse(source, BundleSource.NONE);
        }
    }

    /** Where additional anchors come from. */
    public enum BundleSource {
        @JsonProperty("None")
        NONE("None"),
        @JsonProperty("ConfigMap")
        CONFIG_MAP("ConfigMap");

        private final String text;

        BundleSource(String text) {
            this.text = text;
        }

        /** As it stands in the spec. */
        public String text() {
            return text;
        }
    }

    /** The kind of an authority's key. */
    public enum Algorithm {
        @JsonProperty("ECDSA-P256")
        ECDSA_P256("ECDSA-P256"),
        @JsonProperty("ECDSA-P384")
        ECDSA_P384("ECDSA-P384"),
        @JsonProperty("RSA")
        RSA("RSA");

        private final String text;

        Algorithm(String text) {
            this.text = text;
        }

        /** As it stands in the spec. */
        public String text() {
            return text;
        }
    }

    /** The root that every proxy trusts. */
    @ApiObject
    public record TrustAnchor(
            @Default("8760h")
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription("How long a new trust anchor is valid. A duration such as 8760h. Default: 8760h"
                    + " (one year). Holds for the next trust anchor that is made.")
            String lifetime,

            @Default("2160h")
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription(
                    "How long before the end of the trust anchor its successor is made. Shorter than lifetime."
                            + " A duration such as 2160h. Default: 2160h.")
            String renewBefore) {
        static final TrustAnchor DEFAULT = new TrustAnchor("8760h", "2160h");

        public TrustAnchor {
            lifetime = requireNonNullElse(lifetime, "8760h");
            renewBefore = requireNonNullElse(renewBefore, "2160h");
        }
    }

    /** The issuer, signed by the trust anchor and held by the operator. */
    @ApiObject
    public record Intermediate(
            @Default("720h")
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription("How long a new issuer is valid; at most trustAnchor.lifetime. A duration such as"
                    + " 720h. Default: 720h (30 days). Holds for the next issuer that is made.")
            String lifetime,

            @Default("240h")
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription(
                    "How long before the end of the issuer its successor is made. Shorter than lifetime."
                            + " A duration such as 240h. Default: 240h.")
            String renewBefore) {
        static final Intermediate DEFAULT = new Intermediate("720h", "240h");

        public Intermediate {
            lifetime = requireNonNullElse(lifetime, "720h");
            renewBefore = requireNonNullElse(renewBefore, "240h");
        }
    }

    /** The certificate of a proxy. */
    @ApiObject
    public record Workload(
            @Default("24h")
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription("How long a proxy's certificate is valid; renewed at half of it. At least 1m, at"
                    + " most intermediate.lifetime. A duration such as 24h. Default: 24h."
                    + " Holds from the next renewal.")
            String lifetime) {
        static final Workload DEFAULT = new Workload("24h");

        public Workload {
            lifetime = requireNonNullElse(lifetime, "24h");
        }
    }
}
