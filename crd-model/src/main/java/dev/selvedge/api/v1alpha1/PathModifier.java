// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** How a path is changed, with the names of the Gateway API; the query stays. */
@ApiObject
@ValidationRule(
        value = "(self.type == 'ReplaceFullPath') == has(self.replaceFullPath)"
                + " && (self.type == 'ReplacePrefixMatch') == has(self.replacePrefixMatch)"
                + " && (self.type == 'ReplaceRegexMatch') == has(self.replaceRegexMatch)",
        message = "give the one field that type names: replaceFullPath, replacePrefixMatch or replaceRegexMatch")
public record PathModifier(
        @Required
        @JsonPropertyDescription(
                "ReplaceFullPath: the whole path. ReplacePrefixMatch: the prefix that the route matched."
                        + " ReplaceRegexMatch: whatever an expression finds.")
        Type type,

        @Pattern("^/.*$")
        @Size(max = 1024)
        @JsonPropertyDescription("With type ReplaceFullPath: the new path, at most 1024 characters.")
        @Nullable
        String replaceFullPath,

        @Pattern("^(/.*)?$")
        @Size(max = 1024)
        @JsonPropertyDescription("With type ReplacePrefixMatch: what comes in the place of the prefix that the route"
                + " matched, at most 1024 characters. All matches of the route must be by prefix; a route without"
                + " matches has matched /.")
        @Nullable
        String replacePrefixMatch,

        @JsonPropertyDescription("With type ReplaceRegexMatch: what is looked for and what comes in its place.")
        @Nullable
        Regex replaceRegexMatch) {
    /** Which part of the path is replaced. */
    public enum Type {
        @JsonProperty("ReplaceFullPath")
        REPLACE_FULL_PATH,
        @JsonProperty("ReplacePrefixMatch")
        REPLACE_PREFIX_MATCH,
        @JsonProperty("ReplaceRegexMatch")
        REPLACE_REGEX_MATCH
    }

    /** A replacement by a regular expression. */
    @ApiObject
    public record Regex(
            @Required
            @Size(min = 1, max = 1024)
            @JsonPropertyDescription("A regular expression (RE2), 1 to 1024 characters. Everything that it finds in the"
                    + " path is replaced.")
            String pattern,

            @Required
            @Size(max = 1024)
            @JsonPropertyDescription(
                    "What comes in its place, at most 1024 characters; \\1 stands for the first group of"
                            + " the pattern.")
            String substitution) {}
}
