// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import static dev.selvedge.compiler.resource.ResourceType.CLUSTER;
import static dev.selvedge.compiler.resource.ResourceType.ENDPOINTS;
import static dev.selvedge.compiler.resource.ResourceType.LISTENER;
import static dev.selvedge.compiler.resource.ResourceType.ROUTE;
import static dev.selvedge.compiler.resource.ResourceType.SCOPE;
import static dev.selvedge.compiler.resource.ResourceType.SECRET;
import static dev.selvedge.operator.xds.FakeSource.key;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.resource.Resource;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.operator.delivery.Holding.State;
import dev.selvedge.operator.delivery.Summary;
import dev.selvedge.operator.identity.WorkloadCertificates;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class DeltaAdsTest {
    private static final ObjectRef POLICY = ObjectRef.of(Kind.TRAFFIC_POLICY, "shop", "split");

    private XdsFixture fixture;
    private Pod pod;
    private String token;

    @BeforeEach
    void aMeshWithOnePod() throws Exception {
        fixture = new XdsFixture().open();
        pod = fixture.pod("shop", "client", "buyer");
        token = fixture.token(pod);
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    static Resource resource(ResourceType type, String name, String version, ResourceKey... requires) {
        return resource(type, name, version, new byte[0], requires);
    }

    private static Resource resource(
            ResourceType type, String name, String version, byte[] body, ResourceKey... requires) {
        var any = Any.newBuilder().setTypeUrl(type.typeUrl()).setValue(ByteString.copyFrom(body));
        return new Resource(key(type, name), any.build(), version, new TreeSet<>(), List.of(requires));
    }

    private static Resource shapedBy(ResourceType type, String name, String version, Origin origin) {
        var any = Any.newBuilder().setTypeUrl(type.typeUrl()).build();
        return new Resource(key(type, name), any, version, new TreeSet<>(List.of(origin)), List.of());
    }

    private void shop() {
        fixture.put(
                resource(CLUSTER, "passthrough", "1"),
                resource(LISTENER, "outbound", "1"),
                resource(SCOPE, "10.0.0.1:80", "1"),
                resource(ROUTE, "shop/a:80", "1", key(CLUSTER, "shop/a:80")),
                resource(CLUSTER, "shop/a:80", "1", key(ENDPOINTS, "shop/a:80")),
                resource(ENDPOINTS, "shop/a:80", "1"));
    }

    @Test
    void a_route_comes_after_its_cluster_and_the_cluster_s_endpoints() throws Exception {
        shop();
        try (var proxy = XdsClient.of(fixture, token)) {
            assertThat(proxy.subscribe(CLUSTER).take()).isEqualTo("CLUSTER passthrough@1");
            assertThat(proxy.subscribe(LISTENER).take()).isEqualTo("LISTENER outbound@1");
            assertThat(proxy.subscribe(SCOPE).take()).isEqualTo("SCOPE 10.0.0.1:80@1");
            var cluster = proxy.subscribe(ROUTE, "shop/a:80").next();
            assertThat(XdsClient.text(cluster)).isEqualTo("CLUSTER shop/a:80@1");
            assertThat(proxy.subscribe(ENDPOINTS, "shop/a:80").take()).isEqualTo("ENDPOINTS shop/a:80@1");
            proxy.ack(cluster);
            assertThat(proxy.take()).isEqualTo("ROUTE shop/a:80@1");
        }
    }

    @Test
    void a_proxy_that_comes_back_gets_only_what_it_does_not_have() throws Exception {
        shop();
        try (var proxy = XdsClient.of(fixture, token)) {
            proxy.resume(CLUSTER, Map.of("passthrough", "1", "shop/a:80", "1"))
                    .resume(ENDPOINTS, Map.of("shop/a:80", "1"), "shop/a:80")
                    .resume(LISTENER, Map.of("outbound", "0"))
                    .resume(SCOPE, Map.of("10.0.0.1:80", "1"))
                    .resume(ROUTE, Map.of("shop/a:80", "1"), "shop/a:80");
            assertThat(proxy.drain()).containsExactly("LISTENER outbound@1");
        }
    }

    @Test
    void the_end_of_a_certificate_is_told_when_the_proxy_has_it() throws Exception {
        try (var proxy = XdsClient.of(fixture, token)) {
            var sent = proxy.subscribe(SECRET, WorkloadCertificates.WORKLOAD).next();
            assertThat(fixture.ledger.proxies().getFirst().certificateEnd()).isZero();
            proxy.ack(sent);
            var day = fixture.clock.instant().plus(Duration.ofHours(24)).getEpochSecond();
            Await.until(() -> fixture.ledger.proxies().getFirst().certificateEnd() > 0);
            assertThat(fixture.ledger.proxies().getFirst().certificateEnd()).isBetween(day - 60, day + 60);
        }
    }

    @Test
    void a_refused_resource_is_reported_and_holds_nothing_else_back() throws Exception {
        var origin = new Origin(POLICY, 7);
        fixture.put(
                shapedBy(SCOPE, "bad", "1", origin), shapedBy(SCOPE, "good", "1", origin), resource(SCOPE, "x", "1"));
        try (var proxy = XdsClient.of(fixture, token)) {
            proxy.subscribe(SCOPE);
            refuseWhatIsBad(proxy, 3);
            Await.until(() -> fixture.ledger.proxies().getFirst().state() == State.REJECTING);
            var standing = fixture.ledger.standing(POLICY).orElseThrow();
            assertThat(standing.states().values()).containsExactly(State.REJECTING);
            assertThat(standing.refusal()).isEqualTo(new Summary.Refusal("bad", "bad is bad"));

            fixture.put(shapedBy(SCOPE, "good", "2", origin));
            assertThat(proxy.take()).as("the bad one is not sent again").isEqualTo("SCOPE good@2");
            fixture.put(shapedBy(SCOPE, "bad", "2", origin));
            assertThat(proxy.take()).isEqualTo("SCOPE bad@2");
            Await.until(() -> fixture.ledger.proxies().getFirst().state() == State.CURRENT);
        }
    }

    private static void refuseWhatIsBad(XdsClient proxy, int resources) throws InterruptedException {
        var settled = 0;
        while (settled < resources) {
            var response = proxy.next();
            var bad = response.getResourcesList().stream()
                    .anyMatch(each -> each.getName().equals("bad"));
            if (bad) {
                proxy.nack(response, "bad is bad");
            } else {
                proxy.ack(response);
            }
            settled += !bad || response.getResourcesCount() == 1 ? response.getResourcesCount() : 0;
        }
    }

    @Test
    void without_a_good_token_nobody_gets_in() throws Exception {
        var otherAudience =
                XdsFixture.jwt(fixture.clock.instant(), fixture.clock.instant().plusSeconds(60));
        fixture.tokens.put(otherAudience, XdsFixture.status(pod, "https://kubernetes.default.svc"));
        var expired = XdsFixture.jwt(
                fixture.clock.instant().minusSeconds(60),
                fixture.clock.instant().minusSeconds(1));
        fixture.tokens.put(expired, XdsFixture.status(pod, "selvedge"));

        assertThat(refusal(null)).isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(refusal("nonsense")).isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(refusal(otherAudience)).isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(refusal(expired)).isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(fixture.failures("no-token")).isEqualTo(1);
        assertThat(fixture.failures("invalid-token")).isEqualTo(3);
        assertThat(fixture.ledger.proxies()).isEmpty();
    }

    @Test
    void a_token_of_a_pod_that_is_not_there_is_refused() throws Exception {
        var namesake = XdsFixture.newPod("shop", "client", "buyer");
        assertThat(refusal(fixture.token(namesake)))
                .as("same name, another uid")
                .isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(fixture.failures("unknown-pod")).isEqualTo(1);
    }

    @Test
    void a_token_of_another_service_account_than_the_pod_s_is_refused() throws Exception {
        var impostor = new Pod(pod.name(), pod.uid(), pod.ips(), pod.labels(), "admin", pod.proxy());
        assertThat(refusal(fixture.token(impostor))).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(fixture.failures("wrong-service-account")).isEqualTo(1);
    }

    @Test
    void a_pod_without_a_proxy_is_refused() throws Exception {
        var plain = new Pod(pod.name(), pod.uid(), pod.ips(), pod.labels(), pod.serviceAccount(), new Pod.Proxy.None());
        fixture.loop.submit(List.of(new Change.Put(plain)));
        Await.until(() -> fixture.loop.read(mesh -> mesh.pod(pod.name())).equals(Optional.of(plain)));
        assertThat(refusal(token)).isEqualTo(Status.Code.PERMISSION_DENIED);
    }

    private Status.Code refusal(@Nullable String with) throws Exception {
        try (var proxy = XdsClient.of(fixture, with)) {
            proxy.subscribe(CLUSTER);
            return proxy.closed().getCode();
        }
    }

    @Test
    void a_pod_that_the_informers_bring_a_moment_later_is_waited_for() throws Exception {
        shop();
        var late = XdsFixture.newPod("shop", "late", "buyer");
        try (var proxy = XdsClient.of(fixture, fixture.token(late))) {
            proxy.subscribe(CLUSTER);
            fixture.loop.submit(List.of(new Change.Put(late)));
            assertThat(proxy.take()).isEqualTo("CLUSTER passthrough@1");
        }
    }

    @Test
    void the_stream_ends_before_its_token_does() throws Exception {
        try (var proxy = XdsClient.of(fixture, token)) {
            proxy.drain();
            fixture.forward(Duration.ofMinutes(50));
            fixture.ads.tick();
            assertThat(proxy.drain()).as("50 of 60 minutes").isEmpty();
            fixture.forward(Duration.ofMinutes(8));
            fixture.ads.tick();
            assertThat(proxy.closed().getCode()).isEqualTo(Status.Code.OK);
        }
    }

    @Test
    void the_stream_ends_with_its_pod() throws Exception {
        try (var proxy = XdsClient.of(fixture, token)) {
            proxy.drain();
            assertThat(fixture.ledger.proxies()).hasSize(1);
            fixture.delete(pod);
            assertThat(proxy.closed().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
            Await.until(() -> fixture.ledger.proxies().isEmpty());
        }
    }

    @Test
    void a_second_stream_of_a_pod_takes_over() throws Exception {
        try (var first = XdsClient.of(fixture, token)) {
            first.drain();
            try (var second = XdsClient.of(fixture, token)) {
                second.drain();
                assertThat(first.closed().getCode()).isEqualTo(Status.Code.ABORTED);
                assertThat(second.drain()).isEmpty();
            }
        }
    }

    @Test
    void a_proxy_keeps_its_configuration_when_the_mesh_is_deleted() throws Exception {
        shop();
        try (var proxy = XdsClient.of(fixture, token)) {
            assertThat(proxy.subscribe(LISTENER).take()).isEqualTo("LISTENER outbound@1");
            // The ledger hears last: when it knows the outcome, the stream has taken the batch in.
            var witness = ObjectRef.of(Kind.TRAFFIC_POLICY, "shop", "witness");
            fixture.change(mesh -> {
                mesh.meshGone(true);
                mesh.outcome(new Outcome(witness, 1, List.of(), List.of()));
            });
            Await.until(() -> fixture.ledger.outcome(witness).isPresent());
            fixture.change(mesh -> mesh.meshGone(false));
            assertThat(proxy.closed().getDescription()).isEqualTo("the pod is in the mesh again");
        }
    }

    @Test
    void a_proxy_that_reads_slowly_holds_nobody_up_and_gets_the_newest() throws Exception {
        fixture.put(resource(SCOPE, "x", "0", new byte[1 << 20]), resource(SCOPE, "y", "0", new byte[1 << 20]));
        var quickPod = fixture.pod("shop", "quick", "buyer");
        try (var slow = new XdsClient(fixture.port(), fixture.anchors(), token, false);
                var quick = XdsClient.of(fixture, fixture.token(quickPod))) {
            slow.subscribe(SCOPE);
            assertThat(quick.subscribe(SCOPE).take()).isEqualTo("SCOPE x@0 y@0");
            for (int version = 1; version <= 20; version++) {
                fixture.put(resource(SCOPE, "x", Integer.toString(version), new byte[1 << 20]));
                assertThat(quick.take()).isEqualTo("SCOPE x@" + version);
            }
            assertThat(slow.take()).isEqualTo("SCOPE x@0 y@0");
            assertThat(slow.take()).as("what came between was never queued").isEqualTo("SCOPE x@20");
        }
    }

    @Test
    void a_proxy_that_takes_nothing_for_too_long_is_disconnected_with_all_that_was_queued() throws Exception {
        fixture.put(resource(SCOPE, "x", "0", new byte[1 << 20]));
        var quickPod = fixture.pod("shop", "quick", "buyer");
        try (var stalled = new XdsClient(fixture.port(), fixture.anchors(), token, false);
                var quick = XdsClient.of(fixture, fixture.token(quickPod))) {
            stalled.subscribe(SCOPE);
            assertThat(quick.subscribe(SCOPE).take()).isEqualTo("SCOPE x@0");
            Await.until(() -> fixture.meters
                            .get("selvedge.xds.responses")
                            .tag("type", "scope")
                            .counter()
                            .count()
                    == 2);
            fixture.ads.tick();
            fixture.steady.forward(XdsFixture.READER_PATIENCE);
            fixture.ads.tick();
            stalled.read();
            assertThat(stalled.closed().getCode())
                    .as("the rest of the response is lost with the connection")
                    .isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(quick.drain()).isEmpty();
            assertThat(fixture.meters.get("selvedge.xds.stalled").counter().count())
                    .isOne();
        }
    }

    @Test
    void a_clock_that_is_set_by_an_hour_disconnects_nobody() throws Exception {
        try (var proxy = XdsClient.of(fixture, token)) {
            proxy.drain();
            for (var step : List.of(Duration.ofHours(1), Duration.ofHours(-2), Duration.ofHours(1))) {
                fixture.clock.forward(step);
                fixture.ads.tick();
                fixture.ledger.tick();
                assertThat(proxy.drain()).isEmpty();
            }
            // The token's hour still ends when it has passed.
            fixture.forward(Duration.ofMinutes(58));
            fixture.ads.tick();
            assertThat(proxy.closed().getCode()).isEqualTo(Status.Code.OK);
        }
    }

    @Test
    void resources_are_kept_compiled_only_while_somebody_holds_them() throws Exception {
        shop();
        try (var proxy = XdsClient.of(fixture, token)) {
            proxy.subscribe(ENDPOINTS, "shop/a:80").take();
            assertThat(fixture.mesh.asked()).contains(key(ENDPOINTS, "shop/a:80"));
        }
        Await.until(() -> fixture.mesh.asked().isEmpty());
    }
}
