// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Who gets copies of requests. */
@ApiObject
public record RequestMirror(
        @Size(min = 1, max = 63)
        @JsonPropertyDescription(
                "Name of one of spec.subsets, which gets the copies. Default: all pods of the Service.")
        @Nullable
        String subset,

        @Default("100")
        @Min(0)
        @Max(100)
        @JsonPropertyDescription(
                "Of how many requests in a hundred a copy is sent, 0 to 100. Default: 100. Not with" + " fraction.")
        Integer percent,

        @JsonPropertyDescription("The same as a fraction, for shares below one in a hundred; instead of percent.")
        @Nullable
        Fraction fraction) {
    public RequestMirror {
        percent = requireNonNullElse(percent, 100);
    }

    /** A share of requests. */
    @ApiObject
    @ValidationRule(
            value = "self.numerator <= self.denominator",
            fieldPath = ".numerator",
            message = "must not be larger than denominator")
    public record Fraction(
            @Required @Min(0) @Max(1_000_000) @JsonPropertyDescription("0 to denominator.")
            int numerator,

            @Default("100") @Min(1) @Max(1_000_000) @JsonPropertyDescription("1 to 1000000. Default: 100.")
            Integer denominator) {
        public Fraction {
            denominator = requireNonNullElse(denominator, 100);
        }
    }
}
