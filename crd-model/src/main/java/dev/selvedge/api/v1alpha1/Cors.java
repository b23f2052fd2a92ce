// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** Which pages of other origins may call from a browser. */
@ApiObject
public record Cors(
        @Required
        @Size(min = 1, max = 64)
        @JsonPropertyDescription(
                "Origins whose pages may call, 1 to 64, such as https://shop.example.com. * in the host"
                        + " stands for any beginning of it, and * alone for every origin.")
        List<@Pattern("^([*]|https?://[*]?[-.a-zA-Z0-9]*(:[0-9]{1,5})?)$") @Size(max = 253) String> allowOrigins,

        @Default("false") @JsonPropertyDescription("Whether a browser may send cookies and the like. Default: false.")
        Boolean allowCredentials,

        @Size(min = 1, max = 9)
        @JsonPropertyDescription(
                "Methods that such pages may use, in capitals, at most 9; * for all. Default: those that"
                        + " browsers allow without asking.")
        List<@Pattern("^([*]|[A-Z][A-Z-]*)$") @Size(max = 32) String> allowMethods,

        @Size(min = 1, max = 64)
        @JsonPropertyDescription(
                "Request headers that they may set, at most 64; * for all. Default: those that browsers"
                        + " allow without asking.")
        List<@Pattern(HeaderModifier.NAME) @Size(max = 256) String> allowHeaders,

        @Size(min = 1, max = 64)
        @JsonPropertyDescription(
                "Response headers that they may read, at most 64; * for all. Default: those that browsers"
                        + " allow without asking.")
        List<@Pattern(HeaderModifier.NAME) @Size(max = 256) String> exposeHeaders,

        @Default("5")
        @Min(1)
        @Max(86400)
        @JsonPropertyDescription(
                "How long a browser may keep the answer to its question, in seconds, 1 to 86400." + " Default: 5.")
        Integer maxAge) {
    public Cors {
        allowOrigins = allowOrigins == null ? List.of() : List.copyOf(allowOrigins);
        allowMethods = allowMethods == null ? List.of() : List.copyOf(allowMethods);
        allowHeaders = allowHeaders == null ? List.of() : List.copyOf(allowHeaders);
        exposeHeaders = exposeHeaders == null ? List.of() : List.copyOf(exposeHeaders);
        allowCredentials = requireNonNullElse(allowCredentials, false);
        maxAge = requireNonNullElse(maxAge, 5);
    }
}
