// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static dev.selvedge.compiler.envoy.Limited.allowed;
import static dev.selvedge.compiler.envoy.ShopCallers.MESH;
import static dev.selvedge.compiler.envoy.ShopCallers.RATINGS;
import static dev.selvedge.compiler.envoy.ShopCallers.REVIEWS;
import static dev.selvedge.compiler.envoy.ShopCallers.THIRD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.Mesh.AuthorizationDefault;
import dev.selvedge.compiler.snapshot.Mesh.MtlsMode;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.RateLimit.Key;
import dev.selvedge.compiler.snapshot.RateLimit.Mode;
import dev.selvedge.compiler.snapshot.RateLimit.Scope;
import dev.selvedge.compiler.snapshot.RateLimitService;
import dev.selvedge.compiler.snapshot.RateLimitService.Failure;
import dev.selvedge.compiler.translate.Translate;
import io.envoyproxy.envoy.extensions.common.ratelimit.v3.RateLimitDescriptor;
import io.envoyproxy.envoy.service.ratelimit.v3.RateLimitRequest;
import io.envoyproxy.envoy.service.ratelimit.v3.RateLimitResponse;
import io.envoyproxy.envoy.service.ratelimit.v3.RateLimitResponse.Code;
import io.envoyproxy.envoy.service.ratelimit.v3.RateLimitServiceGrpc;
import io.envoyproxy.envoy.type.v3.RateLimitUnit;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What two pods' proxies ask a rate limit service, and what becomes of requests by its answers. */
@Tag("envoy")
final class GlobalRateLimitTest {
    private static final ObjectName COUNTER = new ObjectName("limits", "counter");

    /** Keeps to what Envoy's own service does with a limit that comes with the request. */
    private static final class Counter extends RateLimitServiceGrpc.RateLimitServiceImplBase {
        final Map<RateLimitDescriptor, Integer> seen = new ConcurrentHashMap<>();

        int total() {
            return seen.values().stream().mapToInt(count -> count).sum();
        }

        @Override
        public void shouldRateLimit(RateLimitRequest request, StreamObserver<RateLimitResponse> answer) {
            var response = RateLimitResponse.newBuilder().setOverallCode(Code.OK);
            for (var descriptor : request.getDescriptorsList()) {
                int count = seen.merge(descriptor, 1, Integer::sum);
                int limit = descriptor.getLimit().getRequestsPerUnit();
                var code = count > limit ? Code.OVER_LIMIT : Code.OK;
                if (code == Code.OVER_LIMIT) {
                    response.setOverallCode(code);
                }
                response.addStatuses(RateLimitResponse.DescriptorStatus.newBuilder()
                        .setCode(code)
                        .setLimitRemaining(Math.max(0, limit - count))
                        .setCurrentLimit(RateLimitResponse.RateLimit.newBuilder()
                                .setRequestsPerUnit(limit)
                                .setUnit(RateLimitResponse.RateLimit.Unit.HOUR)));
            }
            answer.onNext(response.build());
            answer.onCompleted();
        }
    }

    private final Counter counter = new Counter();
    private final int one = FreePorts.any();
    private final int other = FreePorts.any();
    private Server service;
    private AdsServer ads;
    private Application application;
    private TestProxy proxy;

    @BeforeEach
    void start(@TempDir Path folder) throws IOException {
        service = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(counter)
                .build()
                .start();
        ads = new AdsServer();
        application = new Application("ratings");
        var pool = new ServiceView.Pool(Optional.empty(), new TreeSet<>(), ServiceView.Proxied.NONE);
        var port = new ServiceView.Port(
                8081, AppProtocol.HTTP, List.of(), List.of(pool), Optional.empty(), Upstream.DEFAULT, new TreeSet<>());
        proxy = TestProxy.server(ads, MESH, folder)
                .application(Translate.staticCluster(ResourceName.INBOUND), application.port())
                .application(
                        Translate.grpcCluster(new ServiceView(COUNTER, List.of(), List.of(port)), port, pool),
                        service.getPort());
    }

    @AfterEach
    void stop() {
        assertThat(ads.rejections()).isEmpty();
        proxy.close();
        application.close();
        ads.close();
        service.shutdownNow();
    }

    @Test
    void pods_count_together_and_a_refused_caller_learns_by_what() throws IOException {
        limit(Failure.ALLOW, limit("all", 3, Mode.ENFORCE));
        reach();

        int left = 3 - counter.total();
        assertThat(allowed(5, () -> Call.get(one, "/").as(REVIEWS))
                        + allowed(5, () -> Call.get(other, "/").as(RATINGS)))
                .isEqualTo(left);
        var refused = Call.get(one, "/").as(REVIEWS);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.text())
                .contains("\"reason\":\"shop/limits.x/all\"", "x-selvedge-rate-limit: shop/limits.x/all")
                .contains("x-ratelimit-limit: 3", "x-ratelimit-remaining: 0");
        assertThat(counter.seen.keySet()).singleElement().satisfies(descriptor -> {
            assertThat(descriptor.getLimit().getUnit()).isEqualTo(RateLimitUnit.HOUR);
            assertThat(descriptor.getEntriesList())
                    .extracting(entry -> entry.getKey() + "=" + entry.getValue())
                    .containsExactly("limit=shop/limits.x/all");
        });
    }

    @Test
    void each_caller_and_each_value_of_a_header_count_by_themselves() throws IOException {
        limit(Failure.ALLOW, limit("each", 1, Mode.ENFORCE, new Key.Caller(), new Key.Header("x-user")));

        reach();
        for (var caller : List.of(REVIEWS, RATINGS)) {
            for (var user : List.of("a", "b")) {
                assertThat(allowed(
                                2, () -> Call.get(one, "/").with("x-user", user).as(caller)))
                        .isEqualTo(1);
            }
        }
        assertThat(allowed(3, () -> Call.get(one, "/").as(THIRD)))
                .as("requests without the header share")
                .isEqualTo(1);
    }

    @Test
    void audit_asks_and_lets_through() throws IOException {
        limit(Failure.DENY, limit("audit", 1, Mode.AUDIT));

        assertThat(allowed(5, () -> Call.get(one, "/").as(REVIEWS))).isEqualTo(5);
        assertThat(Call.get(one, "/").as(REVIEWS).text()).doesNotContain("x-ratelimit", "x-selvedge");
        await().until(() -> counter.seen.values().stream().anyMatch(count -> count >= 6));
    }

    @Test
    void a_local_limit_beside_it_holds_too() throws IOException {
        var local = new RateLimit(
                "local", List.of(), Scope.LOCAL, List.of(), 2, Duration.ofHours(1), Optional.empty(), Mode.ENFORCE);
        limit(Failure.ALLOW, limit("all", 100, Mode.ENFORCE), local);

        assertThat(allowed(5, () -> Call.get(one, "/").as(REVIEWS))).isEqualTo(2);
    }

    @Test
    void without_an_answer_requests_pass() throws IOException {
        service.shutdownNow();
        limit(Failure.ALLOW, limit("all", 1, Mode.ENFORCE));

        assertThat(allowed(5, () -> Call.get(one, "/").as(REVIEWS))).isEqualTo(5);
    }

    @Test
    void without_an_answer_requests_are_denied_when_the_mesh_says_so() throws IOException {
        service.shutdownNow();
        limit(Failure.DENY, limit("all", 1, Mode.ENFORCE));

        assertThat(Call.get(one, "/").as(REVIEWS).status()).isEqualTo(503);
    }

    /** Calls until the service answers: the first connection may take too long. */
    private void reach() {
        await().until(() -> {
            Call.get(one, "/").as(REVIEWS);
            return counter.total() > 0;
        });
    }

    private void limit(Failure failure, RateLimit... limits) throws IOException {
        var open = InboundRules.workload(MtlsMode.PERMISSIVE, List.of(), List.of(), AuthorizationDefault.ALLOW);
        proxy.receive(workload(open, one, failure, limits), one)
                .receive(workload(open, other, failure, limits), other)
                .start();
    }

    private static WorkloadView workload(WorkloadView open, int port, Failure failure, RateLimit... limits) {
        return InboundRules.counted(
                InboundRules.with(open, port, Limited.by(limits)),
                new RateLimitService(COUNTER, 8081, "selvedge", failure));
    }

    private static RateLimit limit(String name, int requests, Mode mode, Key... key) {
        return new RateLimit(
                name, List.of(), Scope.GLOBAL, List.of(key), requests, Duration.ofHours(1), Optional.empty(), mode);
    }
}
