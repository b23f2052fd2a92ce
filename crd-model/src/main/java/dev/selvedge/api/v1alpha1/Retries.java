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
        value = "has(self.methods) || (!has(self.codes) && !self.when.exists(c, !(c in ['ConnectFailure',"
                + " 'RefusedStream', 'ResetBeforeRequest'])))",
        fieldPath = ".methods",
        message = "must be given with codes and with all but ConnectFailure, RefusedStream and ResetBeforeRequest,"
                + " because the server may have executed the request; name the methods that may run twice, such as GET,"
                + " or POST for gRPC")
@ValidationRule(
        value = "self.when.all(a, self.when.exists_one(b, a == b))",
        fieldPath = ".when",
        message = "must not say the same twice")
public record Retries(
        @Required
        @Min(0)
        @Max(10)
        @JsonPropertyDescription(
                "How many more times a request is tried, 0 to 10; 0 switches retries off. Endpoints that"
                        + " failed it are avoided.")
        @Enforced("RouteConfiguration.virtual_hosts.routes.route.retry_policy.num_retries")
        int attempts,

        @Default("[\"ConnectFailure\", \"RefusedStream\", \"ResetBeforeRequest\"]")
        @Size(min = 1, max = 11)
        @JsonPropertyDescription("What is retried. ConnectFailure: no connection. RefusedStream: the server refused the"
                + " stream unprocessed. ResetBeforeRequest: the connection broke before the request was sent."
                + " GatewayError: 502, 503, 504. ServerError: any 5xx. Reset: no answer because the connection broke."
                + " GrpcCancelled, GrpcDeadlineExceeded, GrpcInternal, GrpcResourceExhausted, GrpcUnavailable: that"
                + " status of gRPC at the beginning of the answer. All but the first three need methods."
                + " Default: [ConnectFailure, RefusedStream, ResetBeforeRequest], in which the server has not executed"
                + " anything.")
        @Enforced("RouteConfiguration.virtual_hosts.routes.route.retry_policy.retry_on")
        List<RetryOn> when,

        @Size(min = 1, max = 16)
        @JsonPropertyDescription("Only requests with these methods are retried, in capitals, at most 16. Default: any.")
        @Enforced("RouteConfiguration.virtual_hosts.routes.route.retry_policy.retriable_request_headers")
        List<@Pattern(TrafficPolicySpec.METHOD) @Size(max = 32) String> methods,

        @Size(min = 1, max = 16)
        @JsonPropertyDescription(
                "Further codes of HTTP answers that are retried, such as 409 or 429, 400 to 599, at most"
                        + " 16. They need methods. Default: none.")
        @Enforced("RouteConfiguration.virtual_hosts.routes.route.retry_policy.retriable_status_codes")
        List<@Min(400) @Max(599) Integer> codes,

        @JsonPropertyDescription("The pause before a retry. Default: base 25ms, max 250ms.") @Nullable
        Backoff backoff,

        @JsonPropertyDescription(
                "A pause as long as the answer asks for, such as with 429. Default: answers do not decide.")
        @Nullable
        RateLimitedBackoff rateLimitedBackoff,

        @JsonPropertyDescription(
                "How much retries may add. Belongs to spec.retries: it holds for the Service and not for"
                        + " a route. Default: percent 20, minConcurrent 10.")
        @Nullable
        Budget budget) {
    public Retries {
        when = when == null
                ? List.of(RetryOn.CONNECT_FAILURE, RetryOn.REFUSED_STREAM, RetryOn.RESET_BEFORE_REQUEST)
                : List.copyOf(when);
        methods = methods == null ? List.of() : List.copyOf(methods);
        codes = codes == null ? List.of() : List.copyOf(codes);
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
        RESET,
        @JsonProperty("GrpcCancelled")
        GRPC_CANCELLED,
        @JsonProperty("GrpcDeadlineExceeded")
        GRPC_DEADLINE_EXCEEDED,
        @JsonProperty("GrpcInternal")
        GRPC_INTERNAL,
        @JsonProperty("GrpcResourceExhausted")
        GRPC_RESOURCE_EXHAUSTED,
        @JsonProperty("GrpcUnavailable")
        GRPC_UNAVAILABLE
    }

    /** How much load retries may add to a Service, at one client's proxy. */
    @ApiObject
    public record Budget(
            @Default("20")
            @Min(0)
            @Max(100)
            @JsonPropertyDescription("Retries under way, in percent of all requests under way, 0 to 100. Default: 20.")
            @Enforced("Cluster.circuit_breakers.thresholds.retry_budget.budget_percent")
            Integer percent,

            @Default("10")
            @Min(0)
            @Max(10_000)
            @JsonPropertyDescription("So many retries may always be under way, 0 to 10000. Default: 10.")
            @Enforced("Cluster.circuit_breakers.thresholds.retry_budget.min_retry_concurrency")
            Integer minConcurrent) {
        public Budget {
            percent = requireNonNullElse(percent, 20);
            minConcurrent = requireNonNullElse(minConcurrent, 10);
        }
    }

    /** Answers that say when to come back. */
    @ApiObject
    @ValidationRule(
            value = "duration(self.max) >= duration('1ms')",
            fieldPath = ".max",
            message = "must be at least 1ms")
    public record RateLimitedBackoff(
            @Required
            @Size(min = 1, max = 4)
            @JsonPropertyDescription("Headers of the answer that say it, at most 4: the first that is there decides.")
            @Enforced("RouteConfiguration.virtual_hosts.routes.route.retry_policy.rate_limited_retry_back_off"
                    + ".reset_headers")
            List<ResetHeader> headers,

            @Default("5m")
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription(
                    "A header that asks for more is not obeyed, and backoff holds. A duration, at least"
                            + " 1ms. Default: 5m.")
            @Enforced("RouteConfiguration.virtual_hosts.routes.route.retry_policy.rate_limited_retry_back_off"
                    + ".max_interval")
            String max) {
        public RateLimitedBackoff {
            headers = headers == null ? List.of() : List.copyOf(headers);
            max = requireNonNullElse(max, "5m");
        }
    }

    /** A header of an answer that says when to come back. */
    @ApiObject
    public record ResetHeader(
            @Required
            @Pattern("^[A-Za-z0-9!#$%&'*+.^_|~`-]+$")
            @Size(min = 1, max = 256)
            @JsonPropertyDescription("Name of the header, such as Retry-After.")
            String name,

            @Default("Seconds")
            @JsonPropertyDescription(
                    "Seconds: so many seconds from now. UnixTimestamp: the second since 1970." + " Default: Seconds.")
            Format format) {
        public ResetHeader {
            format = requireNonNullElse(format, Format.SECONDS);
        }

        /** What the value means. */
        public enum Format {
            @JsonProperty("Seconds")
            SECONDS,
            @JsonProperty("UnixTimestamp")
            UNIX_TIMESTAMP
        }
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
            @Enforced("RouteConfiguration.virtual_hosts.routes.route.retry_policy.retry_back_off.base_interval")
            String base,

            @Required
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription("Longest pause. A duration such as 250ms, at least base.")
            @Enforced("RouteConfiguration.virtual_hosts.routes.route.retry_policy.retry_back_off.max_interval")
            String max) {}
}
