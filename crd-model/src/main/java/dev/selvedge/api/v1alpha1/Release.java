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
import org.jspecify.annotations.Nullable;

/**
 * Two versions of a Service, and which gets the requests. Each field can have an owner of its own: what drives a rollout
 * applies {@code percent} or {@code active} and nothing else.
 */
@ApiObject
@ValidationRule(value = "self.stable != self.next", fieldPath = ".next", message = "must be another subset than stable")
@ValidationRule(
        value = "self.strategy == 'Canary' || !has(self.percent)",
        fieldPath = ".percent",
        message = "belongs to strategy Canary; with BlueGreen set active")
@ValidationRule(
        value = "self.strategy == 'Canary' || !has(self.sticky)",
        fieldPath = ".sticky",
        message = "belongs to strategy Canary; leave it out")
@ValidationRule(
        value = "self.strategy == 'BlueGreen' || !has(self.active)",
        fieldPath = ".active",
        message = "belongs to strategy BlueGreen; with Canary set percent")
@ValidationRule(
        value = "!has(self.active) || self.active == self.stable || self.active == self.next",
        fieldPath = ".active",
        message = "must be the subset of stable or of next")
public record Release(
        @Required
        @JsonPropertyDescription(
                "Canary: next gets a share of the requests. BlueGreen: one of the two gets all of them,"
                        + " and a client's proxy knows the endpoints of both, so that a switch holds from the next request.")
        Strategy strategy,

        @Required
        @Pattern(TrafficPolicySpec.DNS_LABEL)
        @Size(min = 1, max = 63)
        @JsonPropertyDescription("The version in use; one of spec.subsets.")
        String stable,

        @Required
        @Pattern(TrafficPolicySpec.DNS_LABEL)
        @Size(min = 1, max = 63)
        @JsonPropertyDescription("The version to come; one of spec.subsets.")
        String next,

        @Min(0)
        @Max(100)
        @JsonPropertyDescription("Canary: the share of the requests that next gets, in percent, 0 to 100. Default: 0.")
        @Nullable
        Integer percent,

        @Size(min = 1, max = 63)
        @JsonPropertyDescription("BlueGreen: the subset that gets all requests. Default: that of stable.")
        @Nullable
        String active,

        @JsonPropertyDescription("Canary: callers stay with their version as long as percent stays, and those that are"
                + " with next stay there when it grows. Default: each request is drawn by itself.")
        @Nullable
        Sticky sticky) {

    /** How the two share the requests. */
    public enum Strategy {
        @JsonProperty("Canary")
        CANARY,
        @JsonProperty("BlueGreen")
        BLUE_GREEN
    }

    /** By what a caller is known. */
    @ApiObject
    @ValidationRule(value = "has(self.header) != has(self.cookie)", message = "give header or cookie, one of the two")
    public record Sticky(
            @Pattern("^[A-Za-z0-9!#$%&'*+.^_|~`-]+$")
            @Size(min = 1, max = 256)
            @JsonPropertyDescription(
                    "Name of a header that tells callers apart. A request without it is drawn by itself.")
            @Enforced("RouteConfiguration.virtual_hosts.routes.route.weighted_clusters.use_hash_policy")
            @Nullable
            String header,

            @Pattern("^[A-Za-z0-9!#$%&'*+.^_|~`-]+$")
            @Size(min = 1, max = 256)
            @JsonPropertyDescription(
                    "Name of a cookie of the application that tells callers apart. A request without it"
                            + " is drawn by itself.")
            @Enforced("RouteConfiguration.virtual_hosts.routes.route.weighted_clusters.use_hash_policy")
            @Nullable
            String cookie) {}
}
