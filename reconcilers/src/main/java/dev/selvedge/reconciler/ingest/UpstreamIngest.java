// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static dev.selvedge.api.v1alpha1.GatewayDuration.parse;
import static dev.selvedge.reconciler.ingest.PolicyIngest.duration;

import dev.selvedge.compiler.snapshot.CircuitBreaking;
import dev.selvedge.compiler.snapshot.Connections;
import dev.selvedge.compiler.snapshot.LoadBalancing;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a TrafficPolicy says about the endpoints of a Service, as the compiler reads it. Pure, as {@link PolicyIngest}. */
final class UpstreamIngest {
    private UpstreamIngest() {}

    static Optional<LoadBalancing> loadBalancing(dev.selvedge.api.v1alpha1.@Nullable LoadBalancing spec) {
        return Optional.ofNullable(spec)
                .map(it -> new LoadBalancing(
                        Optional.ofNullable(it.algorithm()).map(UpstreamIngest::algorithm),
                        it.hash().stream().map(UpstreamIngest::hashKey).toList(),
                        duration(it.warmup()),
                        Optional.ofNullable(it.panicPercent())));
    }

    private static LoadBalancing.Algorithm algorithm(dev.selvedge.api.v1alpha1.LoadBalancing.Algorithm algorithm) {
        return switch (algorithm) {
            case LEAST_REQUEST -> LoadBalancing.Algorithm.LEAST_REQUEST;
            case ROUND_ROBIN -> LoadBalancing.Algorithm.ROUND_ROBIN;
            case RANDOM -> LoadBalancing.Algorithm.RANDOM;
            case RING_HASH -> LoadBalancing.Algorithm.RING_HASH;
            case MAGLEV -> LoadBalancing.Algorithm.MAGLEV;
        };
    }

    private static LoadBalancing.HashKey hashKey(dev.selvedge.api.v1alpha1.LoadBalancing.HashKey key) {
        return new LoadBalancing.HashKey(
                switch (key.type()) {
                    case HEADER -> LoadBalancing.HashKey.Type.HEADER;
                    case COOKIE -> LoadBalancing.HashKey.Type.COOKIE;
                    case QUERY -> LoadBalancing.HashKey.Type.QUERY;
                    case SOURCE -> LoadBalancing.HashKey.Type.SOURCE;
                },
                Optional.ofNullable(key.name()),
                duration(key.ttl()));
    }

    static Optional<CircuitBreaking> circuitBreaking(dev.selvedge.api.v1alpha1.@Nullable CircuitBreaking spec) {
        return Optional.ofNullable(spec)
                .map(it -> new CircuitBreaking(
                        Optional.ofNullable(it.maxConnections()),
                        Optional.ofNullable(it.maxPendingRequests()),
                        Optional.ofNullable(it.maxRequests()),
                        Optional.ofNullable(it.outliers()).map(UpstreamIngest::outliers)));
    }

    private static CircuitBreaking.Outliers outliers(dev.selvedge.api.v1alpha1.CircuitBreaking.Outliers outliers) {
        return new CircuitBreaking.Outliers(
                Optional.ofNullable(outliers.consecutive5xx()),
                Optional.ofNullable(outliers.consecutiveGatewayErrors()),
                Optional.ofNullable(outliers.consecutiveLocalFailures()),
                Optional.ofNullable(outliers.successRate())
                        .map(it -> new CircuitBreaking.SuccessRate(
                                it.deviationPercent(), it.minEndpoints(), it.minRequests())),
                Optional.ofNullable(outliers.failurePercentage())
                        .map(it -> new CircuitBreaking.FailurePercentage(
                                it.percent(), it.minEndpoints(), it.minRequests())),
                parse(outliers.interval()),
                parse(outliers.baseEjection()),
                parse(outliers.maxEjection()),
                outliers.maxEjectedPercent());
    }

    static Optional<Connections> connections(dev.selvedge.api.v1alpha1.@Nullable Connections spec) {
        return Optional.ofNullable(spec)
                .map(it -> new Connections(
                        duration(it.connectTimeout()),
                        duration(it.idle()),
                        duration(it.lifetime()),
                        Optional.ofNullable(it.maxRequests()),
                        Optional.ofNullable(it.keepAlive())
                                .map(keepAlive -> new Connections.KeepAlive(
                                        parse(keepAlive.time()), parse(keepAlive.interval()), keepAlive.probes()))));
    }
}
