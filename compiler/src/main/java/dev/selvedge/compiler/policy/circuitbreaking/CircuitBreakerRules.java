// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.circuitbreaking;

import dev.selvedge.compiler.policy.Findings;
import dev.selvedge.compiler.snapshot.CircuitBreaking;
import dev.selvedge.compiler.snapshot.CircuitBreaking.Outliers;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/** What a policy can get wrong about limits and outliers. */
public final class CircuitBreakerRules {
    private static final int MANY = 1_000_000;
    private static final int IN_A_ROW = 10_000;
    private static final Duration SHORTEST = Duration.ofMillis(1);

    private CircuitBreakerRules() {}

    public static void check(Findings findings, String field, CircuitBreaking wanted) {
        findings.range(field + ".maxConnections", wanted.maxConnections(), 1, MANY);
        findings.range(field + ".maxPendingRequests", wanted.maxPendingRequests(), 1, MANY);
        findings.range(field + ".maxRequests", wanted.maxRequests(), 1, MANY);
        wanted.outliers().ifPresent(outliers -> outliers(findings, field + ".outliers", outliers));
    }

    private static void outliers(Findings findings, String field, Outliers outliers) {
        if (Stream.of(
                        outliers.consecutive5xx(),
                        outliers.consecutiveGatewayErrors(),
                        outliers.consecutiveLocalFailures(),
                        outliers.successRate(),
                        outliers.failurePercentage())
                .allMatch(Optional::isEmpty)) {
            findings.add(field, "", "detects nothing", "give a detector, such as consecutive5xx");
        }
        findings.range(field + ".consecutive5xx", outliers.consecutive5xx(), 1, IN_A_ROW);
        findings.range(field + ".consecutiveGatewayErrors", outliers.consecutiveGatewayErrors(), 1, IN_A_ROW);
        findings.range(field + ".consecutiveLocalFailures", outliers.consecutiveLocalFailures(), 1, IN_A_ROW);
        outliers.successRate().ifPresent(rate -> {
            var rateField = field + ".successRate";
            findings.range(rateField + ".deviationPercent", Optional.of(rate.deviationPercent()), 1, IN_A_ROW);
            findings.range(rateField + ".minEndpoints", Optional.of(rate.minEndpoints()), 1, IN_A_ROW);
            findings.range(rateField + ".minRequests", Optional.of(rate.minRequests()), 1, MANY);
        });
        outliers.failurePercentage().ifPresent(failures -> {
            var failureField = field + ".failurePercentage";
            findings.range(failureField + ".percent", Optional.of(failures.percent()), 1, 100);
            findings.range(failureField + ".minEndpoints", Optional.of(failures.minEndpoints()), 1, IN_A_ROW);
            findings.range(failureField + ".minRequests", Optional.of(failures.minRequests()), 1, MANY);
        });
        findings.range(field + ".maxEjectedPercent", Optional.of(outliers.maxEjectedPercent()), 0, 100);
        findings.atLeast(field + ".interval", Optional.of(outliers.interval()), SHORTEST);
        findings.atLeast(field + ".baseEjection", Optional.of(outliers.baseEjection()), SHORTEST);
        if (outliers.baseEjection().compareTo(outliers.maxEjection()) > 0) {
            findings.add(
                    field + ".maxEjection",
                    Findings.text(outliers.maxEjection()),
                    "is shorter than baseEjection (" + Findings.text(outliers.baseEjection()) + ")",
                    "raise maxEjection or lower baseEjection");
        }
    }
}
