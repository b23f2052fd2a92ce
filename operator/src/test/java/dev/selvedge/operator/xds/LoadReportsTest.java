// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.operator.topology.Call;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterStats;
import io.envoyproxy.envoy.config.endpoint.v3.UpstreamLocalityStats;
import io.envoyproxy.envoy.service.load_stats.v3.LoadReportingServiceGrpc;
import io.envoyproxy.envoy.service.load_stats.v3.LoadStatsRequest;
import io.envoyproxy.envoy.service.load_stats.v3.LoadStatsResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.micrometer.core.instrument.Counter;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class LoadReportsTest {
    private static final ObjectName BUYER = new ObjectName("shop", "buyer");

    private XdsFixture fixture;
    private Pod pod;
    private String token;
    private XdsClient proxy;

    @BeforeEach
    void aProxy() throws Exception {
        fixture = new XdsFixture().open();
        pod = fixture.pod("shop", "client", "buyer");
        token = fixture.token(pod);
        proxy = XdsClient.of(fixture, token);
        Await.until(() -> fixture.ledger.isConnected(pod.name(), pod.uid()));
    }

    @AfterEach
    void stop() {
        proxy.close();
        fixture.close();
    }

    /** A stream of reports beside the configuration of a proxy. */
    private static final class Reports {
        final BlockingQueue<LoadStatsResponse> responses = new LinkedBlockingQueue<>();
        final CompletableFuture<Status> closed = new CompletableFuture<>();
        private final ClientCall<LoadStatsRequest, LoadStatsResponse> call;

        Reports(XdsClient proxy, String token) {
            call = proxy.call(LoadReportingServiceGrpc.getStreamLoadStatsMethod(), CallOptions.DEFAULT);
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onMessage(LoadStatsResponse message) {
                            responses.add(message);
                            call.request(1);
                        }

                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            closed.complete(status);
                        }
                    },
                    XdsClient.headers(token));
            call.request(1);
        }

        Reports begin() throws InterruptedException {
            call.sendMessage(LoadStatsRequest.getDefaultInstance());
            var asked = responses.poll(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
            assertThat(asked).isNotNull();
            assertThat(asked.getSendAllClusters()).isTrue();
            assertThat(asked.getLoadReportingInterval().getSeconds()).isEqualTo(1);
            return this;
        }

        void report(String cluster, long requests) {
            report(Map.of(cluster, requests));
        }

        /** The next one may come when this one was taken in. */
        void report(Map<String, Long> requests) {
            var report = LoadStatsRequest.newBuilder();
            requests.forEach((cluster, sent) -> report.addClusterStats(ClusterStats.newBuilder()
                    .setClusterName(cluster)
                    .addUpstreamLocalityStats(UpstreamLocalityStats.newBuilder().setTotalIssuedRequests(sent))));
            call.sendMessage(report.build());
        }
    }

    private double requests(String caller, String service) {
        fixture.calls.tick();
        return fixture
                .meters
                .find("selvedge.topology.requests")
                .tag("caller", caller)
                .tag("service", service)
                .counters()
                .stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    @Test
    void requests_count_for_the_service_account_of_the_token_and_the_service_of_the_cluster() throws Exception {
        var reports = new Reports(proxy, token).begin();
        fixture.forwardReports();
        reports.report("shop/a:80/v1", 3);
        Await.until(() -> requests("buyer", "a") == 3);
        fixture.forwardReports();
        reports.report("shop/a:81", 2);
        Await.until(() -> requests("buyer", "a") == 5);
        fixture.forwardReports();
        reports.report(Map.of("inbound", 2L, "shop/b:80", 0L, "shop/a:80", 1L));
        Await.until(() -> requests("buyer", "a") == 6);

        assertThat(fixture.calls.current())
                .isEqualTo(Set.of(
                        new Call(BUYER, new ObjectName("shop", "a"), 80, true),
                        new Call(BUYER, new ObjectName("shop", "a"), 81, true)));
        assertThat(reports.closed).isNotDone();
    }

    @Test
    void a_service_is_called_when_its_routes_are_asked_for() throws Exception {
        proxy.subscribe(ResourceType.ROUTE, "shop/a:80", "no-service");

        Await.until(() -> requests("buyer", "a") == 1);
        assertThat(fixture.calls.current()).containsExactly(new Call(BUYER, new ObjectName("shop", "a"), 80, true));
    }

    @Test
    void what_a_proxy_had_before_it_came_it_does_not_call_now() throws Exception {
        proxy.resume(ResourceType.ROUTE, Map.of("shop/a:80", "1"), "shop/a:80", "shop/b:80");

        Await.until(() -> requests("buyer", "b") == 1);
        assertThat(requests("buyer", "a")).isZero();
    }

    @Test
    void reports_end_when_the_configuration_comes_over_another_connection() throws Exception {
        var reports = new Reports(proxy, token).begin();
        try (var elsewhere = XdsClient.of(fixture, token)) {
            assertThat(proxy.closed().getCode()).isEqualTo(Status.Code.ABORTED);
            fixture.forwardReports();
            reports.report("shop/a:80", 1);
            assertThat(reports.closed
                            .get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS)
                            .getCode())
                    .isEqualTo(Status.Code.OK);
            assertThat(requests("buyer", "a")).as("the last report counts").isEqualTo(1);
            new Reports(elsewhere, token).begin();
        }
    }

    @Test
    void who_reports_too_often_is_sent_away_and_counted() throws Exception {
        var reports = new Reports(proxy, token).begin();
        for (int i = 0; i < 5; i++) {
            reports.report("shop/a:80", 1);
        }
        assertThat(reports.closed
                        .get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS)
                        .getCode())
                .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(fixture.refused("too-many-reports")).isEqualTo(1);
        assertThat(requests("buyer", "a")).as("those that may come late count").isEqualTo(3);
    }

    @Test
    void a_stranger_reports_nothing() throws Exception {
        var stranger = new Reports(proxy, "a.b.c");
        assertThat(stranger.closed
                        .get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS)
                        .getCode())
                .isEqualTo(Status.Code.UNAUTHENTICATED);
    }

    @Test
    void who_has_not_called_for_an_hour_does_not_call_any_more() throws Exception {
        var reports = new Reports(proxy, token).begin();
        fixture.forwardReports();
        reports.report("shop/a:80", 3);
        Await.until(() -> !fixture.calls.current().isEmpty());
        fixture.forward(Duration.ofMinutes(59));
        fixture.calls.tick();
        assertThat(fixture.calls.current()).hasSize(1);
        fixture.forward(Duration.ofMinutes(2));
        fixture.calls.tick();
        assertThat(fixture.calls.current()).isEmpty();
        assertThat(fixture.meters.find("selvedge.topology.requests").counters()).isEmpty();
    }
}
