// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A comparison with the Host header of a request, which HTTP/2 calls its authority, without the port in it. */
@ApiObject
public record AuthorityMatch(
        @Default("Exact")
        @JsonPropertyDescription(
                "Exact: the whole host. Prefix: its beginning. Regex: a regular expression (RE2) for the"
                        + " whole host. Default: Exact.")
        Type type,

        @Required
        @Size(min = 1, max = 253)
        @JsonPropertyDescription("What it is compared with, without regard to case. 1 to 253 characters.")
        String value) {
    public AuthorityMatch {
        type = requireNonNullElse(type, Type.EXACT);
    }

    /** How {@code value} is compared. */
    public enum Type {
        @JsonProperty("Exact")
        EXACT,
        @JsonProperty("Prefix")
        PREFIX,
        /** RE2, the whole host. */
        @JsonProperty("Regex")
        REGEX
    }
}
