// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.selvedge.api.v1alpha1.Enforced.Place;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How many HTTP requests a pod of the Service takes. */
@ApiObject
@ValidationRule(
        value = "!has(self.ports) || self.ports.all(a, self.ports.exists_one(b, b == a))",
        fieldPath = ".ports",
        message = "must not name the same port twice")
@ValidationRule(
        value = "!has(self.key) || self.key.all(a, self.key.exists_one(b, b == a))",
        fieldPath = ".key",
        message = "must not say the same twice")
@ValidationRule(
        value = "!has(self.scope) || self.scope != 'Global' || !has(self.limit.burst)",
        fieldPath = ".limit.burst",
        message = "must not be given with scope Global: a rate limit service has no bursts")
@ValidationRule(
        value = "!has(self.scope) || self.scope != 'Global'"
                + " || duration(self.limit.per) in [duration('1s'), duration('1m'), duration('1h'), duration('24h')]",
        fieldPath = ".limit.per",
        message = "must be 1s, 1m, 1h or 24h with scope Global: a rate limit service counts over nothing else")
public record RateLimit(
        @Required
        @Pattern(TrafficPolicySpec.DNS_LABEL)
        @Size(min = 1, max = 63)
        @JsonPropertyDescription("Name of the limit, unique in the policy; answers, access logs and metrics use it.")
        @Enforced(
                value = "RouteConfiguration.virtual_hosts.typed_per_filter_config: LocalRateLimit.stat_prefix",
                at = Place.SERVER)
        String name,

        @Size(min = 1, max = 16)
        @JsonPropertyDescription(
                "Ports of the Service, 1 to 65535, at most 16; each is counted by itself. A pod sees its"
                        + " own port alone: a port of a Service that leads to the same is limited too. Default: all that"
                        + " speak HTTP.")
        @Enforced(value = "RouteConfiguration.virtual_hosts.domains", at = Place.SERVER)
        List<@Min(1) @Max(65535) Integer> ports,

        @Default("Local")
        @JsonPropertyDescription(
                "Local: each pod of the Service counts for itself. Connection: each connection to a pod is"
                        + " counted apart; a client's proxy sends the requests of its pod on few connections."
                        + " Global: all pods together count, by the rateLimitService of the Mesh; the ports of pods count"
                        + " by themselves."
                        + " Default: Local.")
        @Enforced(
                value = "RouteConfiguration.virtual_hosts.typed_per_filter_config: LocalRateLimit.descriptors",
                at = Place.SERVER)
        Scope scope,

        @Size(min = 1, max = 4)
        @JsonPropertyDescription(
                "Requests that differ in one of these are counted apart, at most 4; requests that lack one"
                        + " are counted together. The 10000 values that were seen last are counted, others begin anew."
                        + " Default: all requests are counted together.")
        @Enforced(
                value = "RouteConfiguration.virtual_hosts.typed_per_filter_config: LocalRateLimit.descriptors",
                at = Place.SERVER)
        List<Key> key,

        @Required @JsonPropertyDescription("How many requests.")
        Limit limit,

        @Default("Enforce")
        @JsonPropertyDescription(
                "Enforce: a request too many is answered 429, a gRPC one RESOURCE_EXHAUSTED. Audit: it is"
                        + " counted in the metrics and let through. Default: Enforce.")
        @Enforced(
                value = "RouteConfiguration.virtual_hosts.typed_per_filter_config: LocalRateLimit.filter_enforced",
                at = Place.SERVER)
        Mode mode) {
    public RateLimit {
        ports = ports == null ? List.of() : List.copyOf(ports);
        scope = requireNonNullElse(scope, Scope.LOCAL);
        key = key == null ? List.of() : List.copyOf(key);
        mode = requireNonNullElse(mode, Mode.ENFORCE);
    }

    /** Who counts. */
    public enum Scope {
        @JsonProperty("Local")
        LOCAL,
        @JsonProperty("Connection")
        CONNECTION,
        @JsonProperty("Global")
        GLOBAL
    }

    /** What happens to a request too many. */
    public enum Mode {
        @JsonProperty("Enforce")
        ENFORCE,
        @JsonProperty("Audit")
        AUDIT
    }

    /** @param name given exactly when {@code type} is {@code HEADER} */
    @ApiObject
    @ValidationRule(
            value = "(self.type == 'Header') == has(self.name)",
            fieldPath = ".name",
            message = "must be given with type Header, and with no other")
    public record Key(
            @Required
            @JsonPropertyDescription(
                    "Caller: the identity that the caller's certificate proves; callers without one are"
                            + " counted together. Header: the value of a header. RemoteAddress: the address of the other end of"
                            + " the connection, which is the calling pod's.")
            Type type,

            @Pattern("^[A-Za-z0-9!#$%&'*+.^_|~`-]+$")
            @Size(min = 1, max = 256)
            @JsonPropertyDescription("Name of the header; with type Header only.")
            @Nullable
            String name) {
        /** Something of a request. */
        public enum Type {
            @JsonProperty("Caller")
            CALLER,
            @JsonProperty("Header")
            HEADER,
            @JsonProperty("RemoteAddress")
            REMOTE_ADDRESS
        }
    }

    /** A bucket that holds {@code burst} requests and is filled with {@code requests} in each {@code per}. */
    @ApiObject
    @ValidationRule(
            value = "duration(self.per) >= duration('1s') && duration(self.per) <= duration('24h')",
            fieldPath = ".per",
            message = "must be from 1s to 24h")
    public record Limit(
            @Required
            @Min(1)
            @Max(1_000_000_000)
            @JsonPropertyDescription("Requests in each per, on average, 1 to 1000000000.")
            @Enforced(
                    value = "RouteConfiguration.virtual_hosts.typed_per_filter_config:"
                            + " LocalRateLimit.token_bucket.tokens_per_fill",
                    at = Place.SERVER)
            int requests,

            @Required
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription("A duration such as 1s or 1m, 1s to 24h.")
            @Enforced(
                    value = "RouteConfiguration.virtual_hosts.typed_per_filter_config:"
                            + " LocalRateLimit.token_bucket.fill_interval",
                    at = Place.SERVER)
            String per,

            @Min(1)
            @Max(1_000_000_000)
            @JsonPropertyDescription(
                    "Requests that may come at once after a pause, 1 to 1000000000. Default: as requests.")
            @Enforced(
                    value = "RouteConfiguration.virtual_hosts.typed_per_filter_config:"
                            + " LocalRateLimit.token_bucket.max_tokens",
                    at = Place.SERVER)
            @Nullable
            Integer burst) {}
}
