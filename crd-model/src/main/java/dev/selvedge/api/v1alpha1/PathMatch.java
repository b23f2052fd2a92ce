// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A comparison with the path of a request, without its query. */
@ApiObject
@ValidationRule(
        value = "self.type == 'Regex' || self.value.startsWith('/')",
        fieldPath = ".value",
        message = "must start with '/'")
@ValidationRule(
        value = "self.type != 'Template' || !self.value.contains('**/')",
        fieldPath = ".value",
        message = "must not contain '**/': ** stands for what is left of the path, so it is the last segment")
@ValidationRule(
        value = "self.type == 'Regex' || !(['//', '/./', '/../', '?', '#'].exists(s, self.value.contains(s))"
                + " || self.value.endsWith('/.') || self.value.endsWith('/..'))",
        fieldPath = ".value",
        message = "must not contain '//', '/./', '/../', '?' or '#': paths are normalised before they are compared,"
                + " so it could never match")
public record PathMatch(
        @Required
        @JsonPropertyDescription(
                "Exact: the whole path. Prefix: whole segments, so that /a matches /a and /a/b but not /ab."
                        + " Regex: a regular expression (RE2) for the whole path. Template: the whole path, in which"
                        + " {name} or * stands for one segment and ** at the end for any number of them.")
        Type type,

        @Required
        @Size(min = 1, max = 1024)
        @JsonPropertyDescription("What the path is compared with, case-sensitively, after normalisation and without the"
                + " query. 1 to 1024 characters; with Exact, Prefix and Template it starts with '/'.")
        String value) {
    /** How {@code value} is compared. */
    public enum Type {
        @JsonProperty("Exact")
        EXACT,
        /** Whole segments. */
        @JsonProperty("Prefix")
        PREFIX,
        /** RE2, the whole path. */
        @JsonProperty("Regex")
        REGEX,
        /** Segments, some of them open. */
        @JsonProperty("Template")
        TEMPLATE
    }
}
