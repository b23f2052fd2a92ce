// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which endpoint gets a request or a connection. Absent fields are not set by the policy. */
@ApiObject
@ValidationRule(
        value = "has(self.algorithm) || has(self.warmup) || has(self.panicPercent) || has(self.locality)",
        message = "sets nothing: give algorithm, warmup, panicPercent or locality")
@ValidationRule(
        value = "(has(self.algorithm) && self.algorithm in ['RingHash', 'Maglev']) == has(self.hash)",
        fieldPath = ".hash",
        message = "must be given with RingHash and Maglev, and with no other algorithm")
@ValidationRule(
        value = "!has(self.warmup) || !has(self.algorithm) || self.algorithm in ['LeastRequest', 'RoundRobin']",
        fieldPath = ".warmup",
        message = "works with LeastRequest and RoundRobin only; leave it out or choose one of them")
public record LoadBalancing(
        @JsonPropertyDescription("LeastRequest: of two endpoints drawn at random the one with fewer requests under way."
                + " RoundRobin: one after the other. Random: any. RingHash, Maglev: the same endpoint for the same"
                + " hash, as long as the endpoints stay; Maglev is more even, RingHash moves less when they change."
                + " Default: LeastRequest.")
        @Enforced("Cluster.load_balancing_policy")
        @Nullable
        Algorithm algorithm,

        @Size(min = 1, max = 4)
        @JsonPropertyDescription("What RingHash and Maglev hash, at most 4: the first that a request has decides; a"
                + " request that has none goes anywhere. A connection that is passed through has only Source."
                + " Required with these algorithms.")
        @Enforced("RouteConfiguration.virtual_hosts.routes.route.hash_policy")
        List<HashKey> hash,

        @Pattern(GatewayDuration.PATTERN)
        @Size(max = 32)
        @JsonPropertyDescription(
                "How long a new endpoint gets less than its share, growing from a tenth, so that it can"
                        + " warm up; with LeastRequest and RoundRobin, when some endpoints are older. A duration such as 30s;"
                        + " 0s for none. Default: none.")
        @Enforced("Cluster.load_balancing_policy: slow_start_config.slow_start_window")
        @Nullable
        String warmup,

        @Min(0)
        @Max(100)
        @JsonPropertyDescription(
                "When less than this share of the endpoints is healthy, in percent, 0 to 100, health is"
                        + " ignored and all are used: a few must not carry the load of all. 0 switches it off. Default: 50.")
        @Enforced("Cluster.common_lb_config.healthy_panic_threshold")
        @Nullable
        Integer panicPercent,

        @JsonPropertyDescription("How the zones of client and endpoints count. Default: PreferZone where the Service's"
                + " trafficDistribution asks for it, else Any.")
        @Nullable
        Locality locality) {
    public LoadBalancing {
        hash = hash == null ? List.of() : List.copyOf(hash);
    }

    /** How the zones of client and endpoints count. A zone is the label topology.kubernetes.io/zone of a node. */
    @ApiObject
    @ValidationRule(
            value = "self.mode == 'PreferZone' || !has(self.failover)",
            fieldPath = ".failover",
            message = "belongs to mode PreferZone; leave it out")
    @ValidationRule(
            value = "(self.mode == 'Weighted') == has(self.weights)",
            fieldPath = ".weights",
            message = "must be given with mode Weighted, and only there")
    @ValidationRule(
            value = "!has(self.weights) || self.weights.all(a, self.weights.exists_one(b, b.from == a.from))",
            fieldPath = ".weights",
            message = "must not name the same zone twice in from")
    public record Locality(
            @Required
            @JsonPropertyDescription("Any: zones do not count. PreferZone: endpoints of the client's own zone; as they"
                    + " fail, those of the zones in failover, then of its region, then all others. When less than 72"
                    + " percent of the own zone's endpoints are healthy, requests begin to go to the next. Weighted: by"
                    + " weights.")
            @Enforced("ClusterLoadAssignment.endpoints.priority")
            Mode mode,

            @Size(min = 1, max = 16)
            @JsonPropertyDescription("PreferZone: zones that come after the client's own, in this order, at most 16."
                    + " Default: none is preferred.")
            @Enforced("ClusterLoadAssignment.endpoints.priority")
            List<@Size(min = 1, max = 63) String> failover,

            @Size(min = 1, max = 16)
            @JsonPropertyDescription(
                    "Weighted: what the clients of each zone do, at most 16. Clients of other zones use"
                            + " all endpoints.")
            @Enforced("ClusterLoadAssignment.endpoints.load_balancing_weight")
            List<ZoneWeights> weights) {
        public Locality {
            failover = failover == null ? List.of() : List.copyOf(failover);
            weights = weights == null ? List.of() : List.copyOf(weights);
        }

        /** How much zones count. */
        public enum Mode {
            @JsonProperty("Any")
            ANY,
            @JsonProperty("PreferZone")
            PREFER_ZONE,
            @JsonProperty("Weighted")
            WEIGHTED
        }
    }

    /** What the clients of one zone do. */
    @ApiObject
    public record ZoneWeights(
            @Required @Size(min = 1, max = 63) @JsonPropertyDescription("The zone of the client.")
            String from,

            @Required
            @Size(min = 1, max = 16)
            @JsonPropertyDescription(
                    "The share of each zone, relative to the others: 0 to 1000000; at most 16 zones. A zone"
                            + " that is not named, or has 0, is used when the others fail.")
            Map<String, @Min(0) @Max(1_000_000) Integer> to) {
        public ZoneWeights {
            to = to == null ? Map.of() : Map.copyOf(to);
        }
    }

    /** How an endpoint is chosen. */
    public enum Algorithm {
        @JsonProperty("LeastRequest")
        LEAST_REQUEST,
        @JsonProperty("RoundRobin")
        ROUND_ROBIN,
        @JsonProperty("Random")
        RANDOM,
        @JsonProperty("RingHash")
        RING_HASH,
        @JsonProperty("Maglev")
        MAGLEV
    }

    /** Something of a request that is hashed. */
    @ApiObject
    @ValidationRule(
            value = "(self.type == 'Source') != has(self.name)",
            fieldPath = ".name",
            message = "must be given, except with type Source, which takes none")
    @ValidationRule(
            value = "self.type == 'Cookie' || !has(self.ttl)",
            fieldPath = ".ttl",
            message = "belongs to type Cookie; leave it out")
    public record HashKey(
            @Required
            @JsonPropertyDescription(
                    "Header, Cookie, Query: the value of that header, cookie or query parameter. Source:"
                            + " the address of the caller; at a sidecar that is its own pod.")
            Type type,

            @Pattern("^[A-Za-z0-9!#$%&'*+.^_|~`-]+$")
            @Size(min = 1, max = 256)
            @JsonPropertyDescription("Name of the header, cookie or query parameter; not with type Source.")
            @Nullable
            String name,

            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription(
                    "A caller without the cookie gets one that lasts so long; 0s for one that ends with"
                            + " the caller's session. A duration, with type Cookie only. Default: no cookie is given out.")
            @Nullable
            String ttl) {
        /** What is hashed. */
        public enum Type {
            @JsonProperty("Header")
            HEADER,
            @JsonProperty("Cookie")
            COOKIE,
            @JsonProperty("Query")
            QUERY,
            @JsonProperty("Source")
            SOURCE
        }
    }
}
