// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * A comparison with a header or a query parameter.
 *
 * @param value absent exactly when {@code type} is {@code PRESENT}
 */
@ApiObject
@ValidationRule(
        value = "(self.type == 'Present') != has(self.value)",
        fieldPath = ".value",
        message = "must be given, except with type Present, which takes none")
public record FieldMatch(
        @Required
        @Pattern("^[A-Za-z0-9!#$%&'*+.^_|~`-]+$")
        @Size(min = 1, max = 256)
        @JsonPropertyDescription(
                "Name of the header, compared without regard to case, or of the query parameter, with it.")
        String name,

        @Default("Exact")
        @JsonPropertyDescription(
                "Exact: the whole value. Prefix: its beginning. Regex: a regular expression (RE2) for the"
                        + " whole value. Present: it is there, with any value. Default: Exact.")
        Type type,

        @Size(min = 1, max = 4096)
        @JsonPropertyDescription(
                "What it is compared with, case-sensitively. 1 to 4096 characters; not with type Present.")
        @Nullable
        String value) {
    public FieldMatch {
        type = requireNonNullElse(type, Type.EXACT);
    }

    /** How {@code value} is compared. */
    public enum Type {
        @JsonProperty("Exact")
        EXACT,
        @JsonProperty("Prefix")
        PREFIX,
        /** RE2, the whole value. */
        @JsonProperty("Regex")
        REGEX,
        @JsonProperty("Present")
        PRESENT
    }
}
