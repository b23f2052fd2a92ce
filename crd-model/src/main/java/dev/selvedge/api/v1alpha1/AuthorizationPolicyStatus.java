// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of an {@link AuthorizationPolicy}. */
@ApiObject
public record AuthorizationPolicyStatus(
        @JsonPropertyDescription("The generation of the spec that this status speaks of; -1 until the operator has seen"
                + " the object.")
        long observedGeneration,

        @JsonPropertyDescription("Accepted: the policy can be used. ResolvedRefs: everything that it names exists."
                + " Programmed: every proxy that it concerns acknowledged it.")
        List<Condition> conditions,

        @JsonPropertyDescription("The proxies that enforce the policy.") @Nullable
        ProxyCounts proxies) {
    public AuthorizationPolicyStatus {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
    }
}
