// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** A comparison with the path of a request, without its query. */
@ApiObject
public record PathMatch(Type type, String value) {
    /** How {@code value} is compared. */
    public enum Type {
        @JsonProperty("Exact")
        EXACT,
        /** Whole segments. */
        @JsonProperty("Prefix")
        PREFIX,
        /** RE2, the whole path. */
        @JsonProperty("Regex")
        REGEX
    }
}
