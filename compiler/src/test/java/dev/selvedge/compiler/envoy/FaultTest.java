// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static dev.selvedge.compiler.envoy.Bounds.assertShare;
import static dev.selvedge.compiler.envoy.ShopCallers.LOOKALIKE;
import static dev.selvedge.compiler.envoy.ShopCallers.MESH;
import static dev.selvedge.compiler.envoy.ShopCallers.RATINGS;
import static dev.selvedge.compiler.envoy.ShopCallers.REVIEWS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.compiler.envoy.ClientServices.Members;
import dev.selvedge.compiler.envoy.ClientServices.Routes;
import dev.selvedge.compiler.model.PortTraffic;
import dev.selvedge.compiler.model.PortTraffic.Injection;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.ServiceView.Retry;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.Fault;
import dev.selvedge.compiler.snapshot.Fault.Abort;
import dev.selvedge.compiler.snapshot.Fault.Bandwidth;
import dev.selvedge.compiler.snapshot.Fault.Delay;
import dev.selvedge.compiler.snapshot.Fault.Source;
import dev.selvedge.compiler.snapshot.Fault.Status;
import dev.selvedge.compiler.snapshot.Mesh.AuthorizationDefault;
import dev.selvedge.compiler.snapshot.Mesh.MtlsMode;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Field;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Match;
import dev.selvedge.compiler.snapshot.TrafficPolicy.RetryOn;
import dev.selvedge.compiler.translate.Translate;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a fault does, to whom, and how often. */
@Tag("envoy")
final class FaultTest {
    private static final String SERVER = "spiffe://cluster.local/ns/shop/sa/server";
    private static final Abort UNAVAILABLE = new Abort(new Status.Http(503), 100);

    private final int port = FreePorts.any();
    private AdsServer ads;
    private Application application;
    private TestProxy proxy;

    @BeforeEach
    void start(@TempDir Path folder) throws IOException {
        ads = new AdsServer();
        application = new Application("ratings");
        proxy = TestProxy.server(ads, MESH, folder)
                .application(Translate.staticCluster(ResourceName.INBOUND), application.port());
    }

    @AfterEach
    void stop() {
        assertThat(ads.rejections()).isEmpty();
        proxy.close();
        application.close();
        ads.close();
    }

    @Test
    void an_abort_meets_its_share_of_the_requests() throws IOException {
        inject(abort("some", new Abort(new Status.Http(503), 30)));

        int aborted = 0;
        for (int i = 0; i < 400; i++) {
            aborted += Call.get(port, "/").as(REVIEWS).status() == 503 ? 1 : 0;
        }

        assertShare(aborted, 400, 0.3);
    }

    @Test
    void an_abort_is_told_apart_from_what_it_imitates() throws IOException {
        inject(abort("forbidden", new Abort(new Status.Http(403), 100)));

        var answer = Call.get(port, "/").as(REVIEWS);

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.text())
                .contains("injected by a fault", "\"reason\":\"fault shop/chaos/forbidden\"")
                .doesNotContain("denied");
        await().until(() -> proxy.log().contains("\"route\":\"fault shop/chaos/forbidden\""));
        assertThat(proxy.log()).contains("\"flags\":\"FI\"", "\"details\":\"fault_filter_abort\"");
    }

    @Test
    void a_grpc_caller_gets_the_status_of_grpc() throws IOException {
        inject(abort("grpc", new Abort(new Status.Grpc(14), 100)));

        assertThat(Call.get(port, "/shop.Ratings/Get")
                        .method("POST")
                        .with("content-type", "application/grpc")
                        .as(REVIEWS)
                        .text())
                .contains("HTTP/1.1 200", "grpc-status: 14");
    }

    @Test
    void a_delay_lasts_at_least_as_long_as_it_says() throws IOException {
        inject(fault(
                "slow", List.of(), List.of(), Optional.of(new Delay(Duration.ofMillis(700), 100)), Optional.empty()));

        var start = System.nanoTime();
        assertThat(Call.get(port, "/").as(REVIEWS).status()).isEqualTo(200);

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(700));
    }

    @Test
    void a_response_is_not_faster_than_its_bandwidth() throws IOException {
        var narrow = new Fault(
                "narrow",
                List.of(),
                List.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(new Bandwidth(4, 100)),
                Optional.empty(),
                false);
        inject(narrow);

        var start = System.nanoTime();
        var answer = Call.get(port, "/").with("x-much", "x".repeat(12 * 1024)).as(REVIEWS);

        assertThat(answer.text().length()).isGreaterThan(12 * 1024);
        // 12 KiB at 4 KiB a second, of which the first may come at once.
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(1900));
    }

    @Test
    void a_fault_meets_its_callers_alone_and_nobody_can_claim_to_be_another() throws IOException {
        inject(fault(
                "reviews",
                List.of(new Source(List.of(new ObjectName("shop", "reviews")), List.of())),
                List.of(),
                Optional.empty(),
                Optional.of(UNAVAILABLE)));

        assertThat(Call.get(port, "/").as(REVIEWS).status()).isEqualTo(503);
        assertThat(Call.get(port, "/")
                        .with(ProxyPorts.CALLER_HEADER, REVIEWS.spiffeId())
                        .as(RATINGS)
                        .status())
                .isEqualTo(200);
        assertThat(Call.get(port, "/")
                        .with(ProxyPorts.CALLER_HEADER, REVIEWS.spiffeId())
                        .plain()
                        .status())
                .isEqualTo(200);

        proxy.rules(
                workload(fault(
                        "namespace",
                        List.of(new Source(List.of(), List.of("shop"))),
                        List.of(),
                        Optional.empty(),
                        Optional.of(UNAVAILABLE))),
                port);
        await().until(() -> Call.get(port, "/").as(RATINGS).status() == 503);
        assertThat(Call.get(port, "/").as(LOOKALIKE).status()).isEqualTo(200);
    }

    @Test
    void the_first_fault_that_selects_a_request_is_done_to_it() throws IOException {
        inject(
                fault("tester", List.of(), List.of(header("x-user", "tester")), Optional.empty(), abort(418)),
                fault("put", List.of(), List.of(method("PUT")), Optional.empty(), abort(502)));

        assertThat(Call.get(port, "/")
                        .with("x-user", "tester")
                        .method("PUT")
                        .as(REVIEWS)
                        .status())
                .isEqualTo(418);
        assertThat(Call.get(port, "/").method("PUT").as(REVIEWS).status()).isEqualTo(502);
        assertThat(Call.get(port, "/").as(REVIEWS).status()).isEqualTo(200);
    }

    @Test
    void retries_of_the_client_meet_the_fault_again(@TempDir Path folder) throws IOException {
        int service = FreePorts.any();
        inject(abort("half", new Abort(new Status.Http(503), 50)));
        try (var client = new TestProxy(ads, "client", folder)
                .put(REVIEWS.secret())
                .put(MESH.trust())
                .put(Translate.staticCluster(ResourceName.BLACKHOLE))) {
            var retry =
                    new Retry(3, List.of(RetryOn.GATEWAY_ERROR), List.of("GET"), Optional.empty(), Optional.empty());
            var cluster = ClientServices.to(ClientServices.cluster("ratings", service), 1);
            new ClientServices(client)
                    .http(
                            "ratings",
                            service,
                            new Routes()
                                    .add("all", List.of(), Optional.empty(), retry, cluster)
                                    .list(),
                            Members.mtls(Set.of(SERVER), port));
            client.start();

            int retried = 0;
            int once = 0;
            for (int i = 0; i < 200; i++) {
                retried += Call.get(service, "/").plain().status() == 503 ? 1 : 0;
                once += Call.get(service, "/").method("DELETE").plain().status() == 503 ? 1 : 0;
            }

            assertShare(retried, 200, Math.pow(0.5, 4));
            assertShare(once, 200, 0.5);
        }
    }

    private void inject(Fault... faults) throws IOException {
        proxy.receive(workload(faults), port).start();
    }

    private WorkloadView workload(Fault... faults) {
        var open = InboundRules.workload(MtlsMode.PERMISSIVE, List.of(), List.of(), AuthorizationDefault.ALLOW);
        var traffic = new PortTraffic(
                List.of(),
                Stream.of(faults)
                        .map(fault -> new Injection("shop/chaos/" + fault.name(), fault))
                        .toList());
        return InboundRules.with(open, port, traffic);
    }

    private static Fault abort(String name, Abort abort) {
        return fault(name, List.of(), List.of(), Optional.empty(), Optional.of(abort));
    }

    private static Optional<Abort> abort(int status) {
        return Optional.of(new Abort(new Status.Http(status), 100));
    }

    private static Fault fault(
            String name, List<Source> from, List<Match> matches, Optional<Delay> delay, Optional<Abort> abort) {
        return new Fault(name, List.of(), from, matches, delay, abort, Optional.empty(), Optional.empty(), false);
    }

    private static Match header(String name, String value) {
        return new Match(
                Optional.empty(), Optional.empty(), List.of(new Field(name, new StringMatch.Exact(value))), List.of());
    }

    private static Match method(String method) {
        return new Match(Optional.empty(), Optional.of(method), List.of(), List.of());
    }
}
