// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of an {@link AuthorizationPolicy}. */
@ApiObject
public record AuthorizationPolicyStatus(
        long observedGeneration,
        List<Condition> conditions,
        @Nullable ProxyCounts proxies) {
    public AuthorizationPolicyStatus {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
    }
}
