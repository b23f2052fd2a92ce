// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of a {@link TrafficPolicy}. */
@ApiObject
public record TrafficPolicyStatus(
        @JsonPropertyDescription("The generation of the spec that this status speaks of; -1 until the operator has seen"
                + " the object.")
        long observedGeneration,

        @JsonPropertyDescription(
                "Accepted: the policy can be used and nothing conflicts with it. ResolvedRefs: everything"
                        + " that it names exists. Programmed: every proxy that it concerns acknowledged it.")
        List<Condition> conditions,

        @JsonPropertyDescription("The proxies that hold what the policy shapes.") @Nullable
        ProxyCounts proxies,

        @JsonPropertyDescription("What wins over this policy: kind, name and field, one entry each.")
        List<String> overriddenBy,

        @JsonPropertyDescription(
                "When other policies decide something at a Service of this one: which policy decides each"
                        + " field that is set there. At most 32.")
        List<Effective> effective,

        @JsonPropertyDescription("Fields that are left out of effective.")
        int effectiveLeftOut) {
    public TrafficPolicyStatus {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
        overriddenBy = overriddenBy == null ? List.of() : List.copyOf(overriddenBy);
        effective = effective == null ? List.of() : List.copyOf(effective);
    }

    /** Who decides a field. */
    @ApiObject
    public record Effective(
            @JsonPropertyDescription("The Service, as namespace/name.")
            String service,

            @JsonPropertyDescription("The field, such as spec.timeouts.request or spec.subsets[v1].")
            String field,

            @JsonPropertyDescription("The TrafficPolicy that decides it, as namespace/name.")
            String policy) {}
}
