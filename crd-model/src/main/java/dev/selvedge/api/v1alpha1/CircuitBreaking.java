// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Absent limits are not set by the policy. Enforced at the client's proxy, by each for itself. */
@ApiObject
@ValidationRule(
        value = "has(self.maxConnections) || has(self.maxPendingRequests) || has(self.maxRequests)"
                + " || has(self.outliers)",
        message = "sets nothing: give maxConnections, maxPendingRequests, maxRequests or outliers")
public record CircuitBreaking(
        @Min(1)
        @Max(1_000_000)
        @JsonPropertyDescription("How many connections a client's proxy keeps to a port of the Service (to a subset: by"
                + " itself), 1 to 1000000. What needs one more waits, or, where connections are passed through, is"
                + " closed. Default: no limit.")
        @Enforced("Cluster.circuit_breakers.thresholds.max_connections")
        @Nullable
        Integer maxConnections,

        @Min(1)
        @Max(1_000_000)
        @JsonPropertyDescription("How many requests of a client's proxy may wait for a connection, 1 to 1000000. One"
                + " more is answered 503 at once. Default: no limit.")
        @Enforced("Cluster.circuit_breakers.thresholds.max_pending_requests")
        @Nullable
        Integer maxPendingRequests,

        @Min(1)
        @Max(1_000_000)
        @JsonPropertyDescription("How many requests of a client's proxy may be under way, 1 to 1000000. One more is"
                + " answered 503 at once. Default: no limit.")
        @Enforced("Cluster.circuit_breakers.thresholds.max_requests")
        @Nullable
        Integer maxRequests,

        @JsonPropertyDescription("Endpoints that fail get nothing for a while. Default: none is ejected.") @Nullable
        Outliers outliers) {

    /** Which endpoints a client's proxy ejects by what it sees of them, and for how long. */
    @ApiObject
    @ValidationRule(
            value =
                    "has(self.consecutive5xx) || has(self.consecutiveGatewayErrors) || has(self.consecutiveLocalFailures)"
                            + " || has(self.successRate) || has(self.failurePercentage)",
            message = "detects nothing: give consecutive5xx, consecutiveGatewayErrors, consecutiveLocalFailures,"
                    + " successRate or failurePercentage")
    @ValidationRule(
            value = "duration(self.interval) >= duration('1ms')",
            fieldPath = ".interval",
            message = "must be at least 1ms")
    @ValidationRule(
            value = "duration(self.baseEjection) >= duration('1ms')",
            fieldPath = ".baseEjection",
            message = "must be at least 1ms")
    @ValidationRule(
            value = "duration(self.baseEjection) <= duration(self.maxEjection)",
            fieldPath = ".maxEjection",
            message = "must not be shorter than baseEjection")
    public record Outliers(
            @Min(1)
            @Max(10_000)
            @JsonPropertyDescription("Ejects an endpoint after so many answers 5xx in a row, 1 to 10000; a failed"
                    + " connection counts as one, unless consecutiveLocalFailures is given. Default: not used.")
            @Enforced("Cluster.outlier_detection.consecutive_5xx")
            @Nullable
            Integer consecutive5xx,

            @Min(1)
            @Max(10_000)
            @JsonPropertyDescription("Ejects an endpoint after so many answers 502, 503 or 504 in a row, 1 to 10000; a"
                    + " failed connection counts as one, unless consecutiveLocalFailures is given. Default: not used.")
            @Enforced("Cluster.outlier_detection.consecutive_gateway_failure")
            @Nullable
            Integer consecutiveGatewayErrors,

            @Min(1)
            @Max(10_000)
            @JsonPropertyDescription("Ejects an endpoint after so many failures in a row that the client's proxy saw"
                    + " itself, such as a refused connection, a reset or a timeout, 1 to 10000. They are then counted"
                    + " apart from answers, also by successRate and failurePercentage. Default: not used.")
            @Enforced("Cluster.outlier_detection.consecutive_local_origin_failure")
            @Nullable
            Integer consecutiveLocalFailures,

            @JsonPropertyDescription("Ejects endpoints that succeed less often than the others. Default: not used.")
            @Nullable
            SuccessRate successRate,

            @JsonPropertyDescription("Ejects endpoints that fail too often. Default: not used.") @Nullable
            FailurePercentage failurePercentage,

            @Default("10s")
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription("How often successRate and failurePercentage are looked at, and ended ejections"
                    + " taken back. A duration, at least 1ms. Default: 10s.")
            @Enforced("Cluster.outlier_detection.interval")
            String interval,

            @Default("30s")
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription("How long an ejection lasts: this, times the number of ejections so far. A"
                    + " duration, at least 1ms. Default: 30s.")
            @Enforced("Cluster.outlier_detection.base_ejection_time")
            String baseEjection,

            @Default("5m")
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription("The longest ejection. A duration, at least baseEjection. Default: 5m.")
            @Enforced("Cluster.outlier_detection.max_ejection_time")
            String maxEjection,

            @Default("10")
            @Min(0)
            @Max(100)
            @JsonPropertyDescription("How many of the endpoints may be ejected at a time, in percent, 0 to 100; one"
                    + " always may. Default: 10.")
            @Enforced("Cluster.outlier_detection.max_ejection_percent")
            Integer maxEjectedPercent) {
        public Outliers {
            interval = requireNonNullElse(interval, "10s");
            baseEjection = requireNonNullElse(baseEjection, "30s");
            maxEjection = requireNonNullElse(maxEjection, "5m");
            maxEjectedPercent = requireNonNullElse(maxEjectedPercent, 10);
        }
    }

    /** The share of answers that are not 5xx, compared among endpoints. */
    @ApiObject
    public record SuccessRate(
            @Default("190")
            @Min(1)
            @Max(10_000)
            @JsonPropertyDescription("How far below the mean of all endpoints one must be to be ejected, in percent of"
                    + " the standard deviation, 1 to 10000. Default: 190.")
            @Enforced("Cluster.outlier_detection.success_rate_stdev_factor")
            Integer deviationPercent,

            @Default("5")
            @Min(1)
            @Max(10_000)
            @JsonPropertyDescription(
                    "How many endpoints must have had enough requests in the interval, 1 to 10000." + " Default: 5.")
            @Enforced("Cluster.outlier_detection.success_rate_minimum_hosts")
            Integer minEndpoints,

            @Default("100")
            @Min(1)
            @Max(1_000_000)
            @JsonPropertyDescription("How many requests in the interval are enough, 1 to 1000000. Default: 100.")
            @Enforced("Cluster.outlier_detection.success_rate_request_volume")
            Integer minRequests) {
        public SuccessRate {
            deviationPercent = requireNonNullElse(deviationPercent, 190);
            minEndpoints = requireNonNullElse(minEndpoints, 5);
            minRequests = requireNonNullElse(minRequests, 100);
        }
    }

    /** The share of answers that are 5xx, for each endpoint by itself. */
    @ApiObject
    public record FailurePercentage(
            @Default("85")
            @Min(1)
            @Max(100)
            @JsonPropertyDescription(
                    "Which share of 5xx ejects an endpoint, in percent, 1 to 100; as much suffices. Default: 85.")
            @Enforced("Cluster.outlier_detection.failure_percentage_threshold")
            Integer percent,

            @Default("5")
            @Min(1)
            @Max(10_000)
            @JsonPropertyDescription(
                    "How many endpoints must have had enough requests in the interval, 1 to 10000." + " Default: 5.")
            @Enforced("Cluster.outlier_detection.failure_percentage_minimum_hosts")
            Integer minEndpoints,

            @Default("50")
            @Min(1)
            @Max(1_000_000)
            @JsonPropertyDescription("How many requests in the interval are enough, 1 to 1000000. Default: 50.")
            @Enforced("Cluster.outlier_detection.failure_percentage_request_volume")
            Integer minRequests) {
        public FailurePercentage {
            percent = requireNonNullElse(percent, 85);
            minEndpoints = requireNonNullElse(minEndpoints, 5);
            minRequests = requireNonNullElse(minRequests, 50);
        }
    }
}
