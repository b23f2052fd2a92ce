// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import static dev.selvedge.compiler.Fixtures.member;
import static dev.selvedge.compiler.Fixtures.mesh;
import static dev.selvedge.compiler.Fixtures.pod;
import static dev.selvedge.compiler.Fixtures.port;
import static dev.selvedge.compiler.Fixtures.puts;
import static dev.selvedge.compiler.Fixtures.service;
import static dev.selvedge.compiler.Fixtures.shop;
import static dev.selvedge.compiler.Fixtures.slice;
import static dev.selvedge.compiler.Fixtures.subset;
import static dev.selvedge.compiler.Fixtures.trafficPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.selvedge.compiler.Compilation.Changed;
import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.model.Identity;
import dev.selvedge.compiler.policy.ratelimit.RateLimitFilters;
import dev.selvedge.compiler.resource.Context;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class IncrementalCompilerTest {
    private static final Pod V1 = pod("reviews", "v1", "10.1.0.1");
    private static final Pod V2 = pod("reviews", "v2", "10.1.0.2");
    private static final Pod CLIENT = pod("client", "v1", "10.1.0.9");
    private static final ResourceKey ENDPOINTS = shared(ResourceType.ENDPOINTS, "shop/reviews:9080");
    private static final ResourceKey CLUSTER = shared(ResourceType.CLUSTER, "shop/reviews:9080");
    private static final ResourceKey ROUTE = shared(ResourceType.ROUTE, "shop/reviews:9080");
    private static final ResourceKey SCOPE = shared(ResourceType.SCOPE, "10.96.0.1:9080");

    private final IncrementalCompiler compiler = new IncrementalCompiler();

    @BeforeEach
    void deployReviews() {
        compiler.apply(puts(
                mesh(),
                member("shop"),
                service("reviews", "10.96.0.1", port(9080, "http")),
                V1,
                V2,
                CLIENT,
                reviews(V1)));
    }

    @Test
    void an_endpoint_changes_the_endpoints_alone() throws InvalidProtocolBufferException {
        List.of(ENDPOINTS, CLUSTER, ROUTE, SCOPE)
                .forEach(
                        key -> assertThat(compiler.resource(key)).as(key.name()).isPresent());

        assertThat(compiler.apply(puts(reviews(V1, V2)))).isEqualTo(new Changed(Set.of(ENDPOINTS), Set.of(), Set.of()));

        var endpoints = compiler.resource(ENDPOINTS).orElseThrow().body().unpack(ClusterLoadAssignment.class);
        assertThat(endpoints.getEndpointsList().stream().mapToInt(it -> it.getLbEndpointsCount()))
                .containsExactly(2);
    }

    @Test
    void an_event_that_says_nothing_new_changes_nothing() {
        compiler.resource(ENDPOINTS);

        assertThat(compiler.apply(puts(reviews(V1)))).isEqualTo(new Changed(Set.of(), Set.of(), Set.of()));
    }

    @Test
    void what_was_released_is_not_reported_until_it_is_asked_for_again() {
        var before = compiler.resource(ENDPOINTS);
        compiler.release(ENDPOINTS);

        assertThat(compiler.apply(puts(reviews(V2))).resources()).isEmpty();
        assertThat(compiler.resource(ENDPOINTS)).isNotEqualTo(before);
    }

    @Test
    void a_name_that_nothing_stands_behind_is_empty_until_something_does() {
        var later = shared(ResourceType.ROUTE, "shop/ratings:9080");
        assertThat(compiler.resource(later)).isEmpty();

        var changed = compiler.apply(puts(service("ratings", "10.96.0.2", port(9080, "http"))));

        assertThat(changed.resources()).containsExactly(later);
        assertThat(compiler.resource(later)).isPresent();
    }

    @Test
    void a_policy_is_the_origin_of_what_it_shapes_and_has_an_outcome_unasked() {
        compiler.resource(ROUTE);
        var policy = trafficPolicy("reviews", "reviews")
                .version("v2")
                .routes(Fixtures.route("all", List.of(), subset("v2", 1)));

        var changed = compiler.apply(puts(policy.build()));

        var ref = ObjectRef.of(Kind.TRAFFIC_POLICY, "shop", "reviews");
        assertThat(changed).isEqualTo(new Changed(Set.of(ROUTE), Set.of(), Set.of(ref)));
        assertThat(compiler.outcome(ref)).isPresent();
        var route = compiler.resource(ROUTE).orElseThrow();
        assertThat(route.origins()).containsExactly(new Origin(ref, 1));
        assertThat(route.requires()).containsExactly(shared(ResourceType.CLUSTER, "shop/reviews:9080/v2"));

        assertThat(compiler.apply(List.of(new Change.Remove(ref))))
                .isEqualTo(new Changed(Set.of(ROUTE), Set.of(), Set.of(ref)));
        assertThat(compiler.outcome(ref)).isEmpty();
    }

    @Test
    void a_policy_is_an_origin_of_the_inbound_listener_when_its_limits_need_more_filters_than_there_always_are() {
        var inbound = new ResourceKey(ResourceType.LISTENER, "inbound", new Context.Workload(V1.name()));
        var few = trafficPolicy("limits", "reviews")
                .rateLimits(limits(RateLimitFilters.STEP))
                .build();
        compiler.apply(puts(few));
        assertThat(compiler.resource(inbound).orElseThrow().origins())
                .extracting(Origin::object)
                .doesNotContain(few.ref());

        compiler.apply(puts(trafficPolicy("limits", "reviews")
                .rateLimits(limits(RateLimitFilters.STEP + 1))
                .build()));

        assertThat(compiler.resource(inbound).orElseThrow().origins())
                .extracting(Origin::object)
                .contains(few.ref());
    }

    private static RateLimit[] limits(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new RateLimit(
                        "limit-" + i,
                        List.of(),
                        RateLimit.Scope.LOCAL,
                        List.of(),
                        1,
                        Duration.ofSeconds(1),
                        Optional.empty(),
                        RateLimit.Mode.ENFORCE))
                .toArray(RateLimit[]::new);
    }

    @Test
    void a_sidecar_lists_its_listeners_the_scopes_and_the_static_clusters() {
        compiler.apply(puts(service("db", "10.96.0.3", port(3306, "tcp-mysql"), port(9080, "http"))));

        assertThat(compiler.listing(ResourceType.LISTENER, CLIENT.name()))
                .containsExactly("inbound", "outbound", "outbound|*:9080", "outbound|10.96.0.3:3306");
        assertThat(compiler.listing(ResourceType.SCOPE, CLIENT.name()))
                .containsExactly("10.96.0.1:9080", "10.96.0.3:9080");
        assertThat(compiler.listing(ResourceType.CLUSTER, CLIENT.name()))
                .containsExactly("blackhole", "inbound", "inbound|http1", "passthrough");

        var changed = compiler.apply(puts(
                trafficPolicy("db", "db").port(9080, TrafficPolicy.Protocol.TCP).build()));
        assertThat(changed.listings()).containsExactlyInAnyOrder(ResourceType.LISTENER, ResourceType.SCOPE);
        assertThat(compiler.listing(ResourceType.LISTENER, CLIENT.name())).contains("outbound|10.96.0.3:9080");
        assertThat(compiler.listing(ResourceType.SCOPE, CLIENT.name())).containsExactly("10.96.0.1:9080");
    }

    @Test
    void everything_that_is_listed_exists() {
        compiler.apply(puts(service("db", "10.96.0.3", port(3306, "tcp-mysql"), port(9080, "http"))));

        for (var type : List.of(ResourceType.LISTENER, ResourceType.SCOPE, ResourceType.CLUSTER)) {
            for (var name : compiler.listing(type, CLIENT.name())) {
                assertThat(compiler.resource(compiler.keyFor(type, name, CLIENT.name())))
                        .as(name)
                        .isPresent();
            }
        }
    }

    @Test
    void a_tcp_cluster_has_endpoints_under_its_own_name() {
        var cluster = compiler.resource(shared(ResourceType.CLUSTER, "tcp|10.96.0.1:9080"))
                .orElseThrow();

        assertThat(cluster.requires()).containsExactly(shared(ResourceType.ENDPOINTS, "tcp|10.96.0.1:9080"));
        assertThat(compiler.resource(cluster.requires().getFirst())).isPresent();
    }

    @ParameterizedTest
    @CsvSource({"LISTENER, inbound", "ROUTE, inbound|mtls", "ROUTE, inbound|plaintext"})
    void only_its_own_pod_gets_what_is_inbound(ResourceType type, String name) {
        var key = compiler.keyFor(type, name, CLIENT.name());

        assertThat(key).isEqualTo(new ResourceKey(type, name, new Context.Workload(CLIENT.name())));
        assertThat(compiler.resource(key)).isPresent();
        assertThat(compiler.resource(shared(type, name))).isEmpty();
    }

    @Test
    void an_identity_is_given_to_members_alone() {
        assertThat(compiler.identity(CLIENT.name()).map(Identity::spiffeId))
                .contains("spiffe://cluster.local/ns/shop/sa/client");
        assertThat(compiler.identity(shop("nobody"))).isEmpty();

        compiler.apply(List.of(new Change.Remove(ObjectRef.of(Kind.NAMESPACE, "", "shop"))));
        assertThat(compiler.identity(CLIENT.name())).isEmpty();
    }

    private static EndpointSlice reviews(Pod... pods) {
        // Who is behind the Service stays the same: the others are there, not ready.
        var endpoints = List.of(V1, V2).stream()
                .map(pod ->
                        Set.of(pods).contains(pod) ? Fixtures.ready(pod) : Fixtures.endpoint(pod, false, false, false))
                .toArray(EndpointSlice.Endpoint[]::new);
        return slice("reviews", Map.of("http", 8080), endpoints);
    }

    private static ResourceKey shared(ResourceType type, String name) {
        return new ResourceKey(type, name, new Context.Shared());
    }
}
