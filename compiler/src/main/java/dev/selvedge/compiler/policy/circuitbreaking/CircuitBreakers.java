// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.circuitbreaking;

import com.google.protobuf.UInt32Value;
import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Budget;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers.Thresholds;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.RoutingPriority;
import io.envoyproxy.envoy.type.v3.Percent;
import java.util.Optional;

/** What a client's proxy does not exceed with one cluster. */
public final class CircuitBreakers {
    /** Envoy's own limit of 1,024 is a breaker that nobody asked for. */
    private static final int NO_LIMIT = 1_000_000;

    /** Retries may add a fifth to the load, and a few are always possible. */
    private static final Budget DEFAULT_BUDGET = new Budget(20, 10);

    private CircuitBreakers() {}

    public static void apply(Upstream upstream, Cluster.Builder cluster) {
        var wanted = upstream.circuitBreaking();
        var budget = upstream.retryBudget().orElse(DEFAULT_BUDGET);
        cluster.getCircuitBreakersBuilder()
                .addThresholds(Thresholds.newBuilder()
                        .setPriority(RoutingPriority.DEFAULT)
                        .setMaxConnections(limit(wanted.maxConnections()))
                        .setMaxPendingRequests(limit(wanted.maxPendingRequests()))
                        .setMaxRequests(limit(wanted.maxRequests()))
                        .setRetryBudget(RetryBudget.newBuilder()
                                .setBudgetPercent(Percent.newBuilder().setValue(budget.percent()))
                                .setMinRetryConcurrency(UInt32Value.of(budget.minConcurrent()))));
        wanted.outliers().ifPresent(outliers -> cluster.setOutlierDetection(OutlierDetectors.of(outliers)));
    }

    private static UInt32Value limit(Optional<Integer> wanted) {
        return UInt32Value.of(wanted.orElse(NO_LIMIT));
    }
}
