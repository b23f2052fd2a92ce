// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What the server is asked for instead of what the client asked for. */
@ApiObject
@ValidationRule(value = "has(self.hostname) || has(self.path)", message = "changes nothing: give hostname or path")
public record UrlRewrite(
        @Pattern(HOSTNAME)
        @Size(min = 1, max = 253)
        @JsonPropertyDescription("The Host header that the server sees. Default: the client's.")
        @Nullable
        String hostname,

        @JsonPropertyDescription("The path that the server sees. Default: the client's.") @Nullable
        PathModifier path) {
    static final String HOSTNAME = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
}
