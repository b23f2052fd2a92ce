// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.generator.annotation.Default;
import org.jspecify.annotations.Nullable;

/**
 * A comparison with a header or a query parameter.
 *
 * @param value absent exactly when {@code type} is {@code PRESENT}
 */
@ApiObject
public record FieldMatch(
        String name, @Default("Exact") Type type, @Nullable String value) {
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
