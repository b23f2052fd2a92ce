// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** A condition as in the Kubernetes API conventions ({@code metav1.Condition}). */
@ApiObject
@JsonInclude(JsonInclude.Include.ALWAYS)
public record Condition(
        @Required
        @Pattern("^[A-Za-z][A-Za-z0-9]*$")
        @Size(min = 1, max = 316)
        @JsonPropertyDescription("What the condition is about, in CamelCase. One of each type.")
        String type,

        @Required @JsonPropertyDescription("True, False or Unknown.")
        Status status,

        @Min(0) @JsonPropertyDescription("The generation of the spec that the condition speaks of.")
        long observedGeneration,

        @Required @JsonPropertyDescription("When status last changed.")
        Instant lastTransitionTime,

        @Required
        @Pattern("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")
        @Size(min = 1, max = 1024)
        @JsonPropertyDescription("Why, as one word in CamelCase, for programs.")
        String reason,

        @Required
        @Size(max = 32768)
        @JsonPropertyDescription("One or two sentences for people: what is so, why, what to do.")
        String message) {
    public Condition {
        lastTransitionTime = lastTransitionTime.truncatedTo(ChronoUnit.SECONDS);
    }

    /** Whether the condition holds. */
    public enum Status {
        @JsonProperty("True")
        TRUE,
        @JsonProperty("False")
        FALSE,
        @JsonProperty("Unknown")
        UNKNOWN
    }
}
