// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Changes of headers, with the names of the Gateway API. Removal comes first, then set, then add. */
@ApiObject
@ValidationRule(
        value = "has(self.set) || has(self.add) || has(self.remove)",
        message = "changes nothing: give set, add or remove")
public record HeaderModifier(
        @Size(min = 1, max = 16)
        @JsonPropertyDescription("Headers that get this value, whatever they had, at most 16. Default: none.")
        List<Header> set,

        @Size(min = 1, max = 16)
        @JsonPropertyDescription("Headers to which this value is added, at most 16. Default: none.")
        List<Header> add,

        @Size(min = 1, max = 16)
        @JsonPropertyDescription("Names of headers that are taken away, at most 16. Default: none.")
        List<@Pattern(NAME) @Size(min = 1, max = 256) String> remove) {
    static final String NAME = "^[A-Za-z0-9!#$%&'*+.^_|~`-]+$";

    public HeaderModifier {
        set = set == null ? List.of() : List.copyOf(set);
        add = add == null ? List.of() : List.copyOf(add);
        remove = remove == null ? List.of() : List.copyOf(remove);
    }

    /** A header and its value. */
    @ApiObject
    public record Header(
            @Required
            @Pattern(NAME)
            @Size(min = 1, max = 256)
            @JsonPropertyDescription(
                    "Name of the header, without regard to case. Not Host, see urlRewrite.hostname, and"
                            + " none that begins with x-envoy-.")
            String name,

            @Required
            @Pattern("^[^\\x00-\\x08\\x0a-\\x1f\\x7f]*$")
            @Size(max = 4096)
            @JsonPropertyDescription("The value as it is sent, at most 4096 characters without line breaks.")
            String value) {}
}
