// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A condition as in the Kubernetes API conventions ({@code metav1.Condition}).
 *
 * @param observedGeneration the generation of the spec that it speaks of
 * @param lastTransitionTime when {@code status} last changed, in whole seconds
 * @param message one or two sentences: what is so, why, what to do
 */
@ApiObject
@JsonInclude(JsonInclude.Include.ALWAYS)
public record Condition(
        String type,
        Status status,
        long observedGeneration,
        Instant lastTransitionTime,
        String reason,
        String message) {
    public Condition {
        lastTransitionTime = lastTransitionTime.truncatedTo(ChronoUnit.SECONDS);
    }

    public enum Status {
        @JsonProperty("True")
        TRUE,
        @JsonProperty("False")
        FALSE,
        @JsonProperty("Unknown")
        UNKNOWN
    }
}
