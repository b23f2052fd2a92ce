// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** An answer that the proxy gives itself. */
@ApiObject
public record DirectResponse(
        @Required @Min(200) @Max(599) @JsonPropertyDescription("Status of the answer, 200 to 599.")
        int statusCode,

        @Size(max = 1000)
        @JsonPropertyDescription("Body of the answer, at most 1000 characters. Default: empty.")
        @Nullable
        String body) {}
