// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.operator.identity.CallerInterceptor;
import dev.selvedge.operator.identity.ProxyAdmission;
import dev.selvedge.operator.identity.Refusal;
import dev.selvedge.operator.topology.Calls;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterStats;
import io.envoyproxy.envoy.config.endpoint.v3.UpstreamLocalityStats;
import io.envoyproxy.envoy.service.load_stats.v3.LoadReportingServiceGrpc;
import io.envoyproxy.envoy.service.load_stats.v3.LoadStatsRequest;
import io.envoyproxy.envoy.service.load_stats.v3.LoadStatsResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BiPredicate;

/**
 * Envoy's load reporting service: every proxy tells about once a minute how many requests it sent to each cluster. Who
 * calls is read off the proxy's token; of what a proxy says only Services that exist are noted.
 *
 * <p>A stream has no end of its own. It ends after the report that finds that the configuration of its proxy does not
 * come over the same connection any more; Envoy then opens another beside that one.
 */
public final class LoadReports extends LoadReportingServiceGrpc.LoadReportingServiceImplBase {
    private static final int TOGETHER = 4;

    /** How often proxies report. Envoy leaves out what a cluster was sent before its first whole interval. */
    private final Duration interval;

    private final ProxyAdmission admission;
    private final BiPredicate<ObjectName, Connection> configures;
    private final Calls calls;
    private final Clock steady;
    private final MeterRegistry meters;

    /** @param ads serves the same proxies */
    public LoadReports(
            ProxyAdmission admission,
            DeltaAds ads,
            Calls calls,
            Duration interval,
            Clock steady,
            MeterRegistry meters) {
        this.admission = admission;
        this.configures = ads::configures;
        this.calls = calls;
        this.interval = interval;
        this.steady = steady;
        this.meters = meters;
    }

    @Override
    public StreamObserver<LoadStatsRequest> streamLoadStats(StreamObserver<LoadStatsResponse> out) {
        try {
            var pod = admission.admit(CallerInterceptor.caller());
            return new Reports(pod, Connections.current(), out);
        } catch (Refusal refusal) {
            refusal.count(meters);
            out.onError(refusal.status().asRuntimeException());
            return new Ignored<>();
        }
    }

    /**
     * The stream of one proxy. Reports may come together that were sent apart, when this replica had no processor time
     * for a while; more than {@link #TOGETHER} are too many.
     */
    private final class Reports extends Ignored<LoadStatsRequest> {
        private final Pod pod;
        private final Connection connection;
        private final StreamObserver<LoadStatsResponse> out;
        private final Deque<Instant> last = new ArrayDeque<>();
        private boolean begun;
        private boolean over;

        Reports(Pod pod, Connection connection, StreamObserver<LoadStatsResponse> out) {
            this.pod = pod;
            this.connection = connection;
            this.out = out;
        }

        @Override
        public void onNext(LoadStatsRequest report) {
            if (over) {
                return;
            }
            if (isTooSoon(steady.instant())) {
                XdsMetrics.refused(meters, "too-many-reports");
                end(Status.RESOURCE_EXHAUSTED.withDescription("reports come more often than they were asked for"));
                return;
            }
            if (begun) {
                note(report);
                if (!configures.test(pod.name(), connection)) {
                    end(Status.OK);
                }
            } else {
                begun = true;
                out.onNext(LoadStatsResponse.newBuilder()
                        .setSendAllClusters(true)
                        .setLoadReportingInterval(
                                com.google.protobuf.Duration.newBuilder().setSeconds(interval.toSeconds()))
                        .build());
            }
        }

        private boolean isTooSoon(Instant now) {
            last.addLast(now);
            return last.size() > TOGETHER && now.isBefore(last.removeFirst().plus(interval.dividedBy(2)));
        }

        private void note(LoadStatsRequest report) {
            for (var cluster : report.getClusterStatsList()) {
                long sent = requests(cluster);
                if (sent > 0 && cluster.getClusterName().length() <= RequestLimits.MAX_NAME) {
                    calls.add(pod.account(), cluster.getClusterName(), sent);
                }
            }
        }

        private void end(Status status) {
            over = true;
            if (status.isOk()) {
                out.onCompleted();
            } else {
                out.onError(status.asRuntimeException());
            }
        }

        @Override
        public void onCompleted() {
            if (!over) {
                end(Status.OK);
            }
        }
    }

    /** Also those that failed before anybody answered. */
    private static long requests(ClusterStats cluster) {
        return cluster.getUpstreamLocalityStatsList().stream()
                .mapToLong(UpstreamLocalityStats::getTotalIssuedRequests)
                .sum();
    }
}
