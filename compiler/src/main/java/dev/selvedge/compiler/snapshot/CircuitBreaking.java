// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.time.Duration;
import java.util.Optional;

/** What a client's proxy does not exceed, and whom it leaves out. Absent fields are not set. */
public record CircuitBreaking(
        Optional<Integer> maxConnections,
        Optional<Integer> maxPendingRequests,
        Optional<Integer> maxRequests,
        Optional<Outliers> outliers) {
    public static final CircuitBreaking NONE =
            new CircuitBreaking(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /**
     * Detectors that are absent are not used.
     *
     * @param consecutiveLocalFailures counts what the client's proxy saw itself apart from answers
     */
    public record Outliers(
            Optional<Integer> consecutive5xx,
            Optional<Integer> consecutiveGatewayErrors,
            Optional<Integer> consecutiveLocalFailures,
            Optional<SuccessRate> successRate,
            Optional<FailurePercentage> failurePercentage,
            Duration interval,
            Duration baseEjection,
            Duration maxEjection,
            int maxEjectedPercent) {}

    /** @param deviationPercent of the standard deviation below the mean */
    public record SuccessRate(int deviationPercent, int minEndpoints, int minRequests) {}

    public record FailurePercentage(int percent, int minEndpoints, int minRequests) {}
}
