// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static dev.selvedge.api.v1alpha1.GatewayDuration.parse;
import static dev.selvedge.reconciler.ingest.PolicyIngest.duration;
import static java.util.Objects.requireNonNullElse;

import dev.selvedge.compiler.snapshot.CircuitBreaking;
import dev.selvedge.compiler.snapshot.Connections;
import dev.selvedge.compiler.snapshot.HealthCheck;
import dev.selvedge.compiler.snapshot.LoadBalancing;
import dev.selvedge.compiler.snapshot.Release;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a TrafficPolicy says about the endpoints of a Service, as the compiler reads it. Pure, as {@link PolicyIngest}. */
final class UpstreamIngest {
    private UpstreamIngest() {}

    static Optional<Release> release(dev.selvedge.api.v1alpha1.@Nullable Release spec) {
        return Optional.ofNullable(spec).map(it -> switch (it.strategy()) {
            case CANARY ->
                new Release.Canary(
                        it.stable(),
                        it.next(),
                        requireNonNullElse(it.percent(), 0),
                        Optional.ofNullable(it.sticky()).map(UpstreamIngest::sticky));
            case BLUE_GREEN ->
                new Release.BlueGreen(it.stable(), it.next(), requireNonNullElse(it.active(), it.stable()));
        });
    }

    private static LoadBalancing.HashKey sticky(dev.selvedge.api.v1alpha1.Release.Sticky sticky) {
        var header = sticky.header();
        return header == null
                ? new LoadBalancing.HashKey(
                        LoadBalancing.HashKey.Type.COOKIE, Optional.ofNullable(sticky.cookie()), Optional.empty())
                : new LoadBalancing.HashKey(LoadBalancing.HashKey.Type.HEADER, Optional.of(header), Optional.empty());
    }

    static Optional<HealthCheck> healthCheck(dev.selvedge.api.v1alpha1.@Nullable HealthCheck spec) {
        return Optional.ofNullable(spec)
                .map(it -> new HealthCheck(
                        switch (it.type()) {
                            case HTTP -> new HealthCheck.Protocol.Http(requireNonNullElse(it.path(), "/"));
                            case GRPC -> new HealthCheck.Protocol.Grpc(requireNonNullElse(it.service(), ""));
                            case TCP -> new HealthCheck.Protocol.Tcp();
                        },
                        parse(it.interval()),
                        parse(it.timeout()),
                        it.unhealthyAfter(),
                        it.healthyAfter()));
    }

    static Optional<LoadBalancing> loadBalancing(dev.selvedge.api.v1alpha1.@Nullable LoadBalancing spec) {
        return Optional.ofNullable(spec)
                .map(it -> new LoadBalancing(
                        Optional.ofNullable(it.algorithm()).map(UpstreamIngest::algorithm),
                        it.hash().stream().map(UpstreamIngest::hashKey).toList(),
                        duration(it.warmup()),
                        Optional.ofNullable(it.panicPercent()),
                        Optional.ofNullable(it.locality()).map(UpstreamIngest::locality)));
    }

    private static LoadBalancing.Locality locality(dev.selvedge.api.v1alpha1.LoadBalancing.Locality locality) {
        return new LoadBalancing.Locality(
                switch (locality.mode()) {
                    case ANY -> LoadBalancing.Locality.Mode.ANY;
                    case PREFER_ZONE -> LoadBalancing.Locality.Mode.PREFER_ZONE;
                    case WEIGHTED -> LoadBalancing.Locality.Mode.WEIGHTED;
                },
                locality.failover(),
                locality.weights().stream()
                        .map(weights -> new LoadBalancing.Locality.Weights(weights.from(), weights.to()))
                        .toList());
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
                                        parse(keepAlive.time()), parse(keepAlive.interval()), keepAlive.probes())),
                        Optional.ofNullable(it.upgrade()).map(UpstreamIngest::upgrade)));
    }

    private static Connections.Upgrade upgrade(dev.selvedge.api.v1alpha1.Connections.Upgrade upgrade) {
        return switch (upgrade) {
            case NONE -> Connections.Upgrade.NONE;
            case HTTP2 -> Connections.Upgrade.HTTP2;
        };
    }
}
