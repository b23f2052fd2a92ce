// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Sends the client elsewhere; what is absent stays as it was asked for. */
@ApiObject
@ValidationRule(
        value = "self.statusCode in [301, 302, 303, 307, 308]",
        fieldPath = ".statusCode",
        message = "must be 301, 302, 303, 307 or 308")
public record RequestRedirect(
        @JsonPropertyDescription("http or https. Default: the request's.") @Nullable
        Scheme scheme,

        @Pattern(UrlRewrite.HOSTNAME)
        @Size(min = 1, max = 253)
        @JsonPropertyDescription("The host to go to. Default: the request's.")
        @Nullable
        String hostname,

        @Min(1)
        @Max(65535)
        @JsonPropertyDescription(
                "The port to go to, 1 to 65535. Default: the scheme's own when scheme is given, else the"
                        + " request's.")
        @Nullable
        Integer port,

        @JsonPropertyDescription("The path to go to. Default: the request's.") @Nullable
        PathModifier path,

        @Default("302") @JsonPropertyDescription("Status of the answer: 301, 302, 303, 307 or 308. Default: 302.")
        Integer statusCode) {
    public RequestRedirect {
        statusCode = requireNonNullElse(statusCode, 302);
    }

    /** Scheme of a URL. */
    public enum Scheme {
        @JsonProperty("http")
        HTTP,
        @JsonProperty("https")
        HTTPS
    }
}
