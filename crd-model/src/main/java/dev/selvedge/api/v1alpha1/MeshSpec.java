// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.selvedge.api.Labels;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a {@link Mesh} declares. */
@ApiObject
@ValidationRule(
        value = "self.trustDomain == oldSelf.trustDomain || oldSelf.trustDomain in self.trustDomainAliases",
        fieldPath = ".trustDomain",
        message =
                "cannot be changed without the old one in trustDomainAliases, or proxies that have changed would refuse"
                        + " those that have not; add it, and take it out when status.trust.trustDomains shows the new one alone")
public record MeshSpec(
        @Default("cluster.local")
        @Pattern("^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$")
        @Size(min = 1, max = 255)
        @JsonPropertyDescription(
                "Trust domain of every identity, spiffe://<trustDomain>/ns/<namespace>/sa/<service account>."
                        + " Lower-case letters, digits, '.', '-' and '_'. Default: cluster.local. It can be changed"
                        + " when the old one is added to trustDomainAliases in the same change; certificates of the new one"
                        + " are then made when every proxy accepts both.")
        String trustDomain,

        @Default("[]")
        @Size(max = 4)
        @JsonPropertyDescription(
                "Other trust domains whose identities are taken for those of trustDomain, by servers, by"
                        + " clients, and in every rule that names a service account or namespace: while a mesh moves from one"
                        + " domain to another, or for workloads of another mesh with the same namespaces and service accounts."
                        + " They must prove it by a certificate under a trust anchor of this mesh. At most 4."
                        + " A domain that status.trust.trustDomains shows cannot be taken out. Default: []."
                        + " Enforced at the proxies of clients and servers.")
        List<@Pattern("^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$") @Size(min = 1, max = 255) String> trustDomainAliases,

        @Default("{}")
        @JsonPropertyDescription("Which namespaces belong to the mesh. Pods that are created in them get a proxy.")
        Members members,

        @Default("{}") @JsonPropertyDescription("Encryption and authentication between the proxies (mutual TLS 1.3).")
        Mtls mtls,

        @Default("{}")
        @JsonPropertyDescription("The certificates: how long each level of the chain lives."
                + " Each level must not outlive the one that signs it.")
        MeshIdentity identity,

        @Default("{}") @JsonPropertyDescription("How the traffic of a pod gets to its proxy.")
        Interception interception,

        @Default("{}") @JsonPropertyDescription("Traffic to destinations outside the mesh that no Service stands for.")
        Egress egress,

        @Default("{}") @JsonPropertyDescription("What happens to a call about which no AuthorizationPolicy speaks.")
        Authorization authorization,

        @JsonPropertyDescription("Who counts for rate limits with scope Global. Default: nobody; such limits are not"
                + " enforced, and their policies say so.")
        @Nullable
        RateLimitService rateLimitService,

        @Default("{}") @JsonPropertyDescription("The proxy container that is added to each pod of the mesh.")
        MeshProxy proxy,

        @Default("{}")
        @JsonPropertyDescription("What happens when somebody else changes or deletes an object that the operator owns.")
        Drift drift) {
    /** What an empty spec means. */
    public static final MeshSpec DEFAULT = new MeshSpec(
            "cluster.local",
            List.of(),
            Members.DEFAULT,
            Mtls.DEFAULT,
            MeshIdentity.DEFAULT,
            Interception.DEFAULT,
            Egress.DEFAULT,
            Authorization.DEFAULT,
            null,
            MeshProxy.DEFAULT,
            Drift.DEFAULT);

    public MeshSpec {
        trustDomain = requireNonNullElse(trustDomain, "cluster.local");
        trustDomainAliases = trustDomainAliases == null ? List.of() : List.copyOf(trustDomainAliases);
        members = requireNonNullElse(members, Members.DEFAULT);
        mtls = requireNonNullElse(mtls, Mtls.DEFAULT);
        identity = requireNonNullElse(identity, MeshIdentity.DEFAULT);
        interception = requireNonNullElse(interception, Interception.DEFAULT);
        egress = requireNonNullElse(egress, Egress.DEFAULT);
        authorization = requireNonNullElse(authorization, Authorization.DEFAULT);
        proxy = requireNonNullElse(proxy, MeshProxy.DEFAULT);
        drift = requireNonNullElse(drift, Drift.DEFAULT);
    }

    /** Which namespaces belong to the mesh. */
    @ApiObject
    public record Members(
            @Default("{\"matchLabels\": {\"selvedge.dev/mesh\": \"default\"}}")
            @JsonPropertyDescription(
                    "Selects namespaces by their labels. kube-system, kube-public, kube-node-lease and the"
                            + " operator's own never belong, whatever is selected. Default: the label selvedge.dev/mesh: default."
                            + " Enforced when a pod is created.")
            LabelSelector namespaceSelector) {
        private static final LabelSelector JOINED = new LabelSelector(Map.of(Labels.MESH, "default"), List.of());

        static final Members DEFAULT = new Members(JOINED);

        public Members {
            namespaceSelector = requireNonNullElse(namespaceSelector, JOINED);
        }
    }

    /** Encryption and authentication between proxies. */
    @ApiObject
    public record Mtls(
            @Default("Strict")
            @JsonPropertyDescription("Strict: a proxy takes only calls from proxies of the mesh, with a certificate."
                    + " Permissive: it also takes plaintext, for the time of a migration."
                    + " Default: Strict. Enforced at the server's proxy.")
            Mode mode) {
        static final Mtls DEFAULT = new Mtls(Mode.STRICT);

        public Mtls {
            mode = requireNonNullElse(mode, Mode.STRICT);
        }

        /** Whether plaintext is taken. */
        public enum Mode {
            @JsonProperty("Strict")
            STRICT,
            @JsonProperty("Permissive")
            PERMISSIVE
        }
    }

    /** How the traffic of a pod gets to its proxy. */
    @ApiObject
    @ValidationRule(
            value = "!has(self.serviceCIDRs)"
                    + " || self.serviceCIDRs.all(c, isCIDR(c) && cidr(c) == cidr(c).masked())",
            fieldPath = ".serviceCIDRs",
            message = "each entry must be a range in CIDR form without host bits, such as 10.96.0.0/12")
    public record Interception(
            @Default("Init")
            @JsonPropertyDescription("Init: an init container of the pod writes the packet filter rules;"
                    + " it needs the capabilities NET_ADMIN and NET_RAW. Default: Init.")
            Mode mode,

            @Size(min = 1, max = 16)
            @JsonProperty("serviceCIDRs")
            @JsonPropertyDescription("The ranges of the Services' addresses, as CIDR, IPv4 and IPv6, at most 16."
                    + " Default: what the ServiceCIDR objects of the cluster say; needed only where it has none"
                    + " (Kubernetes before 1.33). Used by the clients' proxies to tell Services from other addresses.")
            List<@Size(max = 43) String> serviceCidrs) {
        static final Interception DEFAULT = new Interception(Mode.INIT, List.of());

        public Interception {
            mode = requireNonNullElse(mode, Mode.INIT);
            serviceCidrs = serviceCidrs == null ? List.of() : List.copyOf(serviceCidrs);
        }

        /** Who writes the packet filter rules. */
        public enum Mode {
            @JsonProperty("Init")
            INIT
        }
    }

    /** Traffic that leaves the mesh. */
    @ApiObject
    public record Egress(
            @Default("Allow")
            @JsonPropertyDescription("Allow: such traffic passes through unchanged. Deny: it is refused."
                    + " Default: Allow. Enforced at the client's proxy.")
            Mode mode) {
        static final Egress DEFAULT = new Egress(Mode.ALLOW);

        public Egress {
            mode = requireNonNullElse(mode, Mode.ALLOW);
        }

        /** Whether unknown destinations can be reached. */
        public enum Mode {
            @JsonProperty("Allow")
            ALLOW,
            @JsonProperty("Deny")
            DENY
        }
    }

    /** What happens to a call about which no policy speaks. */
    @ApiObject
    public record Authorization(
            @Default("Allow")
            @JsonProperty("default")
            @JsonPropertyDescription("Allow or Deny. A call is decided here when no Deny rule matches it and no Allow"
                    + " policy targets its destination. Default: Allow. Enforced at the server's proxy.")
            Decision defaultDecision) {
        static final Authorization DEFAULT = new Authorization(Decision.ALLOW);

        public Authorization {
            defaultDecision = requireNonNullElse(defaultDecision, Decision.ALLOW);
        }

        /** The answer to a call. */
        public enum Decision {
            @JsonProperty("Allow")
            ALLOW,
            @JsonProperty("Deny")
            DENY
        }
    }

    /** What happens when somebody else changes an object that the operator owns. */
    @ApiObject
    public record Drift(
            @Default("Correct")
            @JsonPropertyDescription("Correct: the object is put back and an Event says what differed and who did it."
                    + " Report: the Event is written and the object left as it is."
                    + " Default: Correct. Enforced by the operator.")
            Mode mode) {
        static final Drift DEFAULT = new Drift(Mode.CORRECT);

        public Drift {
            mode = requireNonNullElse(mode, Mode.CORRECT);
        }

        /** Whether drift is undone. */
        public enum Mode {
            @JsonProperty("Correct")
            CORRECT,
            @JsonProperty("Report")
            REPORT
        }
    }
}
