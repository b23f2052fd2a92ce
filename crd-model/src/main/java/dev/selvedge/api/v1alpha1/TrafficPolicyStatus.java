// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a {@link TrafficPolicy}.
 *
 * @param overriddenBy what wins over this policy: kind, name and field, one entry each
 */
@ApiObject
public record TrafficPolicyStatus(
        long observedGeneration,
        List<Condition> conditions,
        @Nullable ProxyCounts proxies,
        List<String> overriddenBy) {
    public TrafficPolicyStatus {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
        overriddenBy = overriddenBy == null ? List.of() : List.copyOf(overriddenBy);
    }
}
