// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Another try when one failed. Enforced at the client's proxy.
 *
 * @param attempts retries after the first try; 0 switches retries off
 * @param when not {@code on}, which YAML 1.1 (and so kubectl) reads as the boolean true
 */
@ApiObject
@ValidationRule(
        value = "has(self.methods) || !self.when.exists(c, c in ['GatewayError', 'ServerError', 'Reset'])",
        fieldPath = ".methods",
        message = "must be given with GatewayError, ServerError and Reset, because the server may have executed the"
                + " request; name the methods that may run twice, such as GET")
@ValidationRule(
        value = "self.when.all(a, self.when.exists_one(b, a == b))",
        fieldPath = ".when",
        message = "must not say the same twice")
public record Retries(
        @Required
        @Min(0)
        @Max(10)
        @JsonPropertyDescription("How many more times a request is tried, 0 to 10; 0 switches retries off.")
        int attempts,

        @Default("[\"ConnectFailure\", \"RefusedStream\", \"ResetBeforeRequest\"]")
        @Size(min = 1, max = 6)
        @JsonPropertyDescription("What is retried. ConnectFailure: no connection. RefusedStream: the server refused the"
                + " stream unprocessed. ResetBeforeRequest: the connection broke before the request was sent."
                + " GatewayError: 502, 503, 504. ServerError: any 5xx. Reset: no answer because the connection broke."
                + " The last three need methods."
                + " Default: [ConnectFailure, RefusedStream, ResetBeforeRequest], in which the server has not executed"
                + " anything.")
        List<RetryOn> when,

        @Size(min = 1, max = 16)
        @JsonPropertyDescription("Only requests with these methods are retried, in capitals, at most 16. Default: any.")
        List<@Pattern(TrafficPolicySpec.METHOD) @Size(max = 32) String> methods,

        @JsonPropertyDescription("The pause before a retry. Default: base 25ms, max 250ms.") @Nullable
        Backoff backoff) {
    public Retries {
        when = when == null
                ? List.of(RetryOn.CONNECT_FAILURE, RetryOn.REFUSED_STREAM, RetryOn.RESET_BEFORE_REQUEST)
                : List.copyOf(when);
        methods = methods == null ? List.of() : List.copyOf(methods);
    }

    /** What went wrong with a try. */
    public enum RetryOn {
        @JsonProperty("ConnectFailure")
        CONNECT_FAILURE,
        @JsonProperty("RefusedStream")
        REFUSED_STREAM,
        @JsonProperty("ResetBeforeRequest")
        RESET_BEFORE_REQUEST,
        @JsonProperty("GatewayError")
        GATEWAY_ERROR,
        @JsonProperty("ServerError")
        SERVER_ERROR,
        @JsonProperty("Reset")
        RESET
    }

    /** The pause before a retry: doubles from {@code base} to {@code max}, with jitter. */
    @ApiObject
    @ValidationRule(
            value = "duration(self.base) >= duration('1ms')",
            fieldPath = ".base",
            message = "must be at least 1ms")
    @ValidationRule(
            value = "duration(self.base) <= duration(self.max)",
            fieldPath = ".max",
            message = "must not be shorter than base")
    public record Backoff(
            @Required
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription("Pause before the first retry, drawn at random up to this; it doubles with each."
                    + " A duration such as 25ms, at least 1ms.")
            String base,

            @Required
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription("Longest pause. A duration such as 250ms, at least base.")
            String max) {}
}
