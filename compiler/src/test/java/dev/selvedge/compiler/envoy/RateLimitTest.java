// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static dev.selvedge.compiler.envoy.InboundRules.denies;
import static dev.selvedge.compiler.envoy.InboundRules.paths;
import static dev.selvedge.compiler.envoy.InboundRules.rule;
import static dev.selvedge.compiler.envoy.InboundRules.to;
import static dev.selvedge.compiler.envoy.Limited.allowed;
import static dev.selvedge.compiler.envoy.ShopCallers.MESH;
import static dev.selvedge.compiler.envoy.ShopCallers.RATINGS;
import static dev.selvedge.compiler.envoy.ShopCallers.REVIEWS;
import static dev.selvedge.compiler.envoy.ShopCallers.THIRD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.Mesh.AuthorizationDefault;
import dev.selvedge.compiler.snapshot.Mesh.MtlsMode;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.RateLimit.Key;
import dev.selvedge.compiler.snapshot.RateLimit.Mode;
import dev.selvedge.compiler.snapshot.RateLimit.Scope;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.translate.Translate;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many requests a pod's proxy lets through, and of whom. */
@Tag("envoy")
final class RateLimitTest {
    /** So long that no bucket is filled again while a test runs. */
    private static final Duration LONG = Duration.ofHours(1);

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
    void each_caller_has_its_own_share_and_learns_what_refused_it() throws IOException {
        limit(limit("per-caller", 3, new Key.Caller()));

        assertThat(allowed(10, () -> Call.get(port, "/").as(REVIEWS))).isEqualTo(3);
        assertThat(allowed(10, () -> Call.get(port, "/").as(RATINGS))).isEqualTo(3);

        var refused = Call.get(port, "/").as(REVIEWS);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.text())
                .contains("\"reason\":\"shop/limits.x/per-caller\"", "\"caller\":\"" + REVIEWS.spiffeId() + "\"");
        assertThat(refused.text())
                .contains("x-selvedge-rate-limit: shop/limits.x/per-caller")
                .contains("x-ratelimit-limit: 3", "x-ratelimit-remaining: 0", "x-ratelimit-reset: ");
        await().until(() -> proxy.log().contains("\"rate_limit\":\"shop/limits.x/per-caller\""));
        assertThat(proxy.log()).contains("\"flags\":\"RL\"", "\"details\":\"local_rate_limited\"");
    }

    @Test
    void callers_without_an_identity_share_and_cannot_claim_one() throws IOException {
        limit(limit("per-caller", 3, new Key.Caller()));
        var i = IntStream.iterate(0, n -> n + 1).iterator();

        assertThat(allowed(10, () -> Call.get(port, "/")
                        .with(ProxyPorts.CALLER_HEADER, "spiffe://cluster.local/ns/shop/sa/" + i.next())
                        .with(ProxyPorts.PORT_HEADER, "1")
                        .plain()))
                .isEqualTo(3);
        assertThat(Call.get(port, "/").as(REVIEWS).text())
                .doesNotContain(ProxyPorts.CALLER_HEADER, ProxyPorts.PORT_HEADER, ProxyPorts.PEER_HEADER)
                .doesNotContain(ProxyPorts.CONNECTION_HEADER);
    }

    @Test
    void each_value_of_a_header_has_its_own_share_and_requests_without_it_share() throws IOException {
        limit(limit("per-user", 2, new Key.Header("X-User")));

        for (var user : List.of("a", "b", "c")) {
            assertThat(allowed(5, () -> Call.get(port, "/").with("x-user", user).as(REVIEWS)))
                    .isEqualTo(2);
        }
        assertThat(allowed(5, () -> Call.get(port, "/").as(REVIEWS))
                        + allowed(5, () -> Call.get(port, "/").as(RATINGS)))
                .isEqualTo(2);
    }

    @Test
    void parts_of_a_key_count_together() throws IOException {
        limit(limit("pair", 1, new Key.Caller(), new Key.Header("x-user"), new Key.RemoteAddress()));

        for (var caller : List.of(REVIEWS, RATINGS)) {
            for (var user : List.of("a", "b")) {
                assertThat(allowed(
                                3,
                                () -> Call.get(port, "/").with("x-user", user).as(caller)))
                        .isEqualTo(1);
            }
        }
    }

    @Test
    void each_connection_has_its_own_share_and_a_change_holds_on_open_ones() throws IOException {
        limit(new RateLimit(
                "per-connection", List.of(), Scope.CONNECTION, List.of(), 2, LONG, Optional.empty(), Mode.ENFORCE));
        try (var one = Call.tls(port, REVIEWS, ProxyPorts.ALPN_HTTP, "TLSv1.3");
                var other = Call.tls(port, REVIEWS, ProxyPorts.ALPN_HTTP, "TLSv1.3")) {
            assertThat(allowed(5, () -> Call.get(port, "/").on(one))).isEqualTo(2);
            assertThat(allowed(5, () -> Call.get(port, "/").on(other))).isEqualTo(2);

            proxy.rules(workload(List.of()), port);

            await().until(() -> Call.get(port, "/").on(one).status() == 200);
            assertThat(allowed(5, () -> Call.get(port, "/").on(one))).isEqualTo(5);
        }
    }

    @Test
    void a_bucket_fills_again_and_holds_the_burst() throws IOException {
        limit(new RateLimit(
                "burst", List.of(), Scope.LOCAL, List.of(), 1, Duration.ofSeconds(1), Optional.of(4), Mode.ENFORCE));

        assertThat(allowed(20, () -> Call.get(port, "/").as(REVIEWS))).isBetween(4, 6);
        await().atMost(Duration.ofSeconds(5))
                .until(() -> Call.get(port, "/").as(REVIEWS).status() == 200);
    }

    @Test
    void audit_lets_everything_through_and_says_nothing_to_the_caller() throws IOException {
        limit(new RateLimit("audit", List.of(), Scope.LOCAL, List.of(), 1, LONG, Optional.empty(), Mode.AUDIT));

        assertThat(allowed(10, () -> Call.get(port, "/").as(REVIEWS))).isEqualTo(10);
        assertThat(Call.get(port, "/").as(REVIEWS).text()).doesNotContain("x-ratelimit", "x-selvedge");
    }

    @Test
    void what_a_narrow_limit_refuses_takes_nothing_from_a_wide_one() throws IOException {
        limit(limit("everybody", 6), limit("per-caller", 3, new Key.Caller()));

        assertThat(allowed(20, () -> Call.get(port, "/").as(REVIEWS))).isEqualTo(3);
        assertThat(allowed(20, () -> Call.get(port, "/").as(RATINGS))).isEqualTo(3);
        assertThat(Call.get(port, "/").as(THIRD).text()).contains("shop/limits.x/everybody");
    }

    @Test
    void whoever_may_not_call_takes_nothing_from_a_limit() throws IOException {
        var denied = InboundRules.workload(
                MtlsMode.STRICT,
                denies(rule("admin", to(paths(new StringMatch.Prefix("/admin"))))),
                List.of(),
                AuthorizationDefault.ALLOW);
        proxy.receive(InboundRules.with(denied, port, Limited.by(limit("everybody", 3))), port)
                .start();

        await().until(() -> Call.get(port, "/admin").as(REVIEWS).status() == 403);
        for (int i = 0; i < 10; i++) {
            var answer = Call.get(port, "/admin").as(REVIEWS);
            assertThat(answer.status()).as(answer.text()).isEqualTo(403);
        }
        assertThat(allowed(10, () -> Call.get(port, "/").as(REVIEWS))).isEqualTo(3);
    }

    @Test
    void a_grpc_caller_is_told_that_the_resource_is_exhausted() throws IOException {
        limit(limit("everybody", 1));
        var call = Call.get(port, "/shop.Ratings/Get").method("POST").with("content-type", "application/grpc");
        call.as(REVIEWS);

        assertThat(call.as(REVIEWS).text()).contains("grpc-status: 8", "grpc-message: ", "shop/limits.x/everybody");
    }

    @Test
    void there_may_be_more_limits_than_the_listener_holds_ready() throws IOException {
        var wide = IntStream.range(0, 9).mapToObj(i -> limit("wide-" + i, 100));
        limit(Stream.concat(wide, Stream.of(limit("last", 2))).toArray(RateLimit[]::new));

        assertThat(allowed(5, () -> Call.get(port, "/").as(REVIEWS))).isEqualTo(2);
        assertThat(Call.get(port, "/").as(REVIEWS).text()).contains("shop/limits.x/last");
    }

    @Test
    void another_port_is_not_limited() throws IOException {
        var open = InboundRules.workload(MtlsMode.STRICT, List.of(), List.of(), AuthorizationDefault.ALLOW);
        proxy.receive(InboundRules.with(open, port + 1, Limited.by(limit("everybody", 1))), port)
                .start();

        assertThat(allowed(10, () -> Call.get(port, "/").as(REVIEWS))).isEqualTo(10);
    }

    private void limit(RateLimit... limits) throws IOException {
        proxy.receive(workload(List.of(limits)), port).start();
    }

    private WorkloadView workload(List<RateLimit> limits) {
        var open = InboundRules.workload(MtlsMode.PERMISSIVE, List.of(), List.of(), AuthorizationDefault.ALLOW);
        return InboundRules.with(open, port, Limited.by(limits.toArray(RateLimit[]::new)));
    }

    private static RateLimit limit(String name, int requests, Key... key) {
        return new RateLimit(
                name, List.of(), Scope.LOCAL, List.of(key), requests, LONG, Optional.empty(), Mode.ENFORCE);
    }
}
