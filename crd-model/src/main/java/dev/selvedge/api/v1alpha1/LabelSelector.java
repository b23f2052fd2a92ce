// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;

/** A Kubernetes label selector; an empty one matches everything. Own type: bounded, described, atomic. */
@ApiObject
public record LabelSelector(
        @Size(max = 16) @JsonPropertyDescription("Labels that must all be there with exactly these values. At most 16.")
        Map<String, @Pattern(VALUE) @Size(max = 63) String> matchLabels,

        @Size(min = 1, max = 16) @JsonPropertyDescription("Conditions that must all hold. At most 16.")
        List<Requirement> matchExpressions) {
    static final String KEY = "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$";
    static final String VALUE = "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$";

    public LabelSelector {
        matchLabels = matchLabels == null ? Map.of() : Map.copyOf(matchLabels);
        matchExpressions = matchExpressions == null ? List.of() : List.copyOf(matchExpressions);
    }

    /** One condition on one label. */
    @ApiObject
    @ValidationRule(
            value = "(self.operator in ['In', 'NotIn']) == has(self.values)",
            fieldPath = ".values",
            message = "must be given with In and NotIn, and only with them")
    public record Requirement(
            @Required
            @Pattern(KEY)
            @Size(min = 1, max = 317)
            @JsonPropertyDescription("Key of the label, with or without a prefix.")
            String key,

            @Required
            @JsonPropertyDescription("In: the label has one of the values. NotIn: it has none of them, or is absent."
                    + " Exists, DoesNotExist: it is there, or not, with any value.")
            Operator operator,

            @Size(min = 1, max = 16)
            @JsonPropertyDescription("Values for In and NotIn, at most 16; not given with Exists and DoesNotExist.")
            List<@Pattern(VALUE) @Size(max = 63) String> values) {
        public Requirement {
            values = values == null ? List.of() : List.copyOf(values);
        }
    }

    /** How a label is compared. */
    public enum Operator {
        @JsonProperty("In")
        IN,
        @JsonProperty("NotIn")
        NOT_IN,
        @JsonProperty("Exists")
        EXISTS,
        @JsonProperty("DoesNotExist")
        DOES_NOT_EXIST
    }
}
