// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** The proxies that hold something which a policy shapes. */
@ApiObject
public record ProxyCounts(
        @JsonPropertyDescription("Proxies that hold configuration which the policy shapes. Configuration is fetched on"
                + " demand, so a proxy that never called the target is not one of them; 0 means not in use.")
        int total,

        @JsonPropertyDescription("Of these, how many acknowledged exactly observedGeneration.")
        int current,

        @JsonPropertyDescription("Of these, how many have not acknowledged it yet, or are disconnected while their pod"
                + " still exists.")
        int pending,

        @JsonPropertyDescription("Of these, how many refused it; they keep the last good configuration.")
        int rejecting,

        @JsonPropertyDescription("current/total, for the column PROGRAMMED.") @Nullable
        String summary) {}
