// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Who counts for rate limits with scope Global. */
@ApiObject
@ValidationRule(
        value = "(self.source == 'Provided') == has(self.name)",
        fieldPath = ".name",
        message = "must be given with source Provided, and with no other")
@ValidationRule(
        value = "(self.source == 'Provided') == has(self.port)",
        fieldPath = ".port",
        message = "must be given with source Provided, and with no other")
public record RateLimitService(
        @Required
        @JsonPropertyDescription(
                "Managed: the operator runs Envoy's rate limit service, with a Redis in the same pod, as"
                        + " Deployment and Service selvedge-rate-limit. Provided: a Service that speaks the same protocol and"
                        + " knows the domain.")
        Source source,

        @Required
        @Pattern("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
        @Size(min = 1, max = 63)
        @JsonPropertyDescription(
                "The namespace of the Service. It has to belong to the mesh when the service is Managed;"
                        + " proxies then call it with mTLS. It must exist.")
        String namespace,

        @Pattern("^[a-z]([a-z0-9-]*[a-z0-9])?$")
        @Size(min = 1, max = 63)
        @JsonPropertyDescription("The name of a Provided Service.")
        @Nullable
        String name,

        @Min(1) @Max(65535) @JsonPropertyDescription("The port of a Provided Service that speaks gRPC.") @Nullable
        Integer port,

        @Default("selvedge")
        @Size(min = 1, max = 63)
        @JsonPropertyDescription(
                "What the limits of this mesh are filed under in the service. A Provided service has to have"
                        + " a configuration of this domain, which may be empty: each request carries its limit. Default: selvedge.")
        String domain,

        @Default("Allow")
        @JsonPropertyDescription(
                "What becomes of a request when the service does not answer within 250 ms. Allow: it is let"
                        + " through. Deny: it is answered 503. Default: Allow. Enforced at the server's proxy.")
        Failure onFailure) {
    public RateLimitService {
        domain = requireNonNullElse(domain, "selvedge");
        onFailure = requireNonNullElse(onFailure, Failure.ALLOW);
    }

    /** Who runs it. */
    public enum Source {
        @JsonProperty("Managed")
        MANAGED,
        @JsonProperty("Provided")
        PROVIDED
    }

    /** What becomes of a request that nobody counts. */
    public enum Failure {
        @JsonProperty("Allow")
        ALLOW,
        @JsonProperty("Deny")
        DENY
    }
}
