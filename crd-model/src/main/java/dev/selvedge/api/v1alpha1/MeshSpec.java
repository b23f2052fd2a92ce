// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.selvedge.api.Labels;
import io.fabric8.generator.annotation.Default;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Map;

/** What a {@link Mesh} declares. */
@ApiObject
public record MeshSpec(
        @Default("cluster.local") String trustDomain,
        @Default("{}") Members members,
        @Default("{}") Mtls mtls,
        @Default("{}") Identity identity,
        @Default("{}") Interception interception,
        @Default("{}") Egress egress,
        @Default("{}") Authorization authorization,
        @Default("{}") Proxy proxy,
        @Default("{}") Drift drift) {
    /** What an empty spec means. */
    public static final MeshSpec DEFAULT = new MeshSpec(
            "cluster.local",
            Members.DEFAULT,
            Mtls.DEFAULT,
            Identity.DEFAULT,
            Interception.DEFAULT,
            Egress.DEFAULT,
            Authorization.DEFAULT,
            Proxy.DEFAULT,
            Drift.DEFAULT);

    public MeshSpec {
        trustDomain = requireNonNullElse(trustDomain, "cluster.local");
        members = requireNonNullElse(members, Members.DEFAULT);
        mtls = requireNonNullElse(mtls, Mtls.DEFAULT);
        identity = requireNonNullElse(identity, Identity.DEFAULT);
        interception = requireNonNullElse(interception, Interception.DEFAULT);
        egress = requireNonNullElse(egress, Egress.DEFAULT);
        authorization = requireNonNullElse(authorization, Authorization.DEFAULT);
        proxy = requireNonNullElse(proxy, Proxy.DEFAULT);
        drift = requireNonNullElse(drift, Drift.DEFAULT);
    }

    /** Which namespaces belong to the mesh. */
    @ApiObject
    public record Members(
            @Default("{matchLabels: {selvedge.dev/mesh: default}}")
            LabelSelector namespaceSelector) {
        private static final LabelSelector JOINED = new LabelSelector(Map.of(Labels.MESH, "default"), List.of());

        static final Members DEFAULT = new Members(JOINED);

        public Members {
            namespaceSelector = requireNonNullElse(namespaceSelector, JOINED);
        }
    }

    /** Encryption and authentication between proxies. */
    @ApiObject
    public record Mtls(@Default("Strict") Mode mode) {
        static final Mtls DEFAULT = new Mtls(Mode.STRICT);

        public Mtls {
            mode = requireNonNullElse(mode, Mode.STRICT);
        }

        public enum Mode {
            @JsonProperty("Strict")
            STRICT,
            @JsonProperty("Permissive")
            PERMISSIVE
        }
    }

    /** Certificates: how long each level lives. */
    @ApiObject
    public record Identity(
            @Default("{}") TrustAnchor trustAnchor,
            @Default("{}") Intermediate intermediate,
            @Default("{}") Workload workload) {
        static final Identity DEFAULT =
                new Identity(new TrustAnchor("8760h"), new Intermediate("720h"), new Workload("24h"));

        public Identity {
            trustAnchor = requireNonNullElse(trustAnchor, new TrustAnchor("8760h"));
            intermediate = requireNonNullElse(intermediate, new Intermediate("720h"));
            workload = requireNonNullElse(workload, new Workload("24h"));
        }

        /** The root that every proxy trusts. */
        @ApiObject
        public record TrustAnchor(@Default("8760h") String lifetime) {
            public TrustAnchor {
                lifetime = requireNonNullElse(lifetime, "8760h");
            }
        }

        /** The issuer, signed by the trust anchor and held by the operator. */
        @ApiObject
        public record Intermediate(@Default("720h") String lifetime) {
            public Intermediate {
                lifetime = requireNonNullElse(lifetime, "720h");
            }
        }

        /** The certificate of a proxy. */
        @ApiObject
        public record Workload(@Default("24h") String lifetime) {
            public Workload {
                lifetime = requireNonNullElse(lifetime, "24h");
            }
        }
    }

    /** How the traffic of a pod gets to its proxy. */
    @ApiObject
    public record Interception(
            @Default("Init") Mode mode,
            @JsonProperty("serviceCIDRs") List<String> serviceCidrs) {
        static final Interception DEFAULT = new Interception(Mode.INIT, List.of());

        public Interception {
            mode = requireNonNullElse(mode, Mode.INIT);
            serviceCidrs = serviceCidrs == null ? List.of() : List.copyOf(serviceCidrs);
        }

        public enum Mode {
            @JsonProperty("Init")
            INIT
        }
    }

    /** Traffic that leaves the mesh. */
    @ApiObject
    public record Egress(@Default("Allow") Mode mode) {
        static final Egress DEFAULT = new Egress(Mode.ALLOW);

        public Egress {
            mode = requireNonNullElse(mode, Mode.ALLOW);
        }

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
            @Default("Allow") @JsonProperty("default") Decision defaultDecision) {
        static final Authorization DEFAULT = new Authorization(Decision.ALLOW);

        public Authorization {
            defaultDecision = requireNonNullElse(defaultDecision, Decision.ALLOW);
        }

        public enum Decision {
            @JsonProperty("Allow")
            ALLOW,
            @JsonProperty("Deny")
            DENY
        }
    }

    /** The proxy beside every application. */
    @ApiObject
    public record Proxy(
            @Default("{}") Resources resources,
            @Default("10s") String drain) {
        static final Proxy DEFAULT = new Proxy(Resources.DEFAULT, "10s");

        public Proxy {
            resources = requireNonNullElse(resources, Resources.DEFAULT);
            drain = requireNonNullElse(drain, "10s");
        }

        /** As {@code resources} of a container. Empty requests are not the default ones, so they are written. */
        @ApiObject
        public record Resources(
                @JsonInclude(JsonInclude.Include.NON_NULL) @Default("{cpu: 20m, memory: 96Mi}")
                Map<String, Quantity> requests,

                Map<String, Quantity> limits) {
            static final Resources DEFAULT =
                    new Resources(Map.of("cpu", new Quantity("20m"), "memory", new Quantity("96Mi")), Map.of());

            public Resources {
                requests = requests == null ? DEFAULT.requests : Map.copyOf(requests);
                limits = limits == null ? Map.of() : Map.copyOf(limits);
            }
        }
    }

    /** What happens when somebody else changes an object that the operator owns. */
    @ApiObject
    public record Drift(@Default("Correct") Mode mode) {
        static final Drift DEFAULT = new Drift(Mode.CORRECT);

        public Drift {
            mode = requireNonNullElse(mode, Mode.CORRECT);
        }

        public enum Mode {
            @JsonProperty("Correct")
            CORRECT,
            @JsonProperty("Report")
            REPORT
        }
    }
}
