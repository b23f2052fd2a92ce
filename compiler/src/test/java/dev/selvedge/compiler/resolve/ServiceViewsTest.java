// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static dev.selvedge.compiler.Fixtures.endpoint;
import static dev.selvedge.compiler.Fixtures.header;
import static dev.selvedge.compiler.Fixtures.member;
import static dev.selvedge.compiler.Fixtures.mesh;
import static dev.selvedge.compiler.Fixtures.pod;
import static dev.selvedge.compiler.Fixtures.port;
import static dev.selvedge.compiler.Fixtures.reads;
import static dev.selvedge.compiler.Fixtures.retries;
import static dev.selvedge.compiler.Fixtures.route;
import static dev.selvedge.compiler.Fixtures.routeOf;
import static dev.selvedge.compiler.Fixtures.service;
import static dev.selvedge.compiler.Fixtures.shop;
import static dev.selvedge.compiler.Fixtures.shopWith;
import static dev.selvedge.compiler.Fixtures.slice;
import static dev.selvedge.compiler.Fixtures.subset;
import static dev.selvedge.compiler.Fixtures.timeouts;
import static dev.selvedge.compiler.Fixtures.trafficPolicy;
import static dev.selvedge.compiler.snapshot.TrafficPolicy.RetryOn.CONNECT_FAILURE;
import static dev.selvedge.compiler.snapshot.TrafficPolicy.RetryOn.REFUSED_STREAM;
import static dev.selvedge.compiler.snapshot.TrafficPolicy.RetryOn.RESET_BEFORE_REQUEST;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.ServiceView.Backend;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.model.ServiceView.Pool;
import dev.selvedge.compiler.model.ServiceView.Proxied;
import dev.selvedge.compiler.model.ServiceView.Retry;
import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.snapshot.Clients;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.Namespace;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class ServiceViewsTest {
    private static final ObjectName NAME = shop("reviews");
    private static final Service REVIEWS = service("reviews", "10.96.0.1", port(9080, "http"));
    private static final Pod V1 = pod("reviews", "v1", "10.1.0.1");
    private static final Pod V2 = new Pod(
            shop("reviews-v2"),
            "uid",
            List.of("10.1.0.2"),
            Map.of("app", "reviews", "version", "v2"),
            "reviews-next",
            new Pod.Proxy.Sidecar());
    private static final String V1_ID = "spiffe://cluster.local/ns/shop/sa/reviews";
    private static final String V2_ID = "spiffe://cluster.local/ns/shop/sa/reviews-next";
    private static final EndpointSlice BOTH = slice("reviews", Map.of("http", 8080), V1, V2);
    private static final Retry SAFE = new Retry(
            2,
            List.of(CONNECT_FAILURE, REFUSED_STREAM, RESET_BEFORE_REQUEST),
            List.of(),
            Optional.empty(),
            Optional.empty());

    @Test
    void without_a_policy_every_request_goes_to_all_pods_with_safe_retries() {
        assertThat(view(REVIEWS, BOTH, V1, V2))
                .contains(new ServiceView(
                        NAME,
                        List.of("10.96.0.1"),
                        List.of(new ServiceView.Port(
                                9080,
                                AppProtocol.HTTP,
                                List.of(toAll("default")),
                                List.of(pool("", V1_ID, V2_ID)),
                                Optional.empty(),
                                Upstream.DEFAULT,
                                new TreeSet<>()))));
    }

    @Test
    void a_split_by_labels_has_a_pool_with_its_own_identities_for_each_share() {
        var policy = trafficPolicy("p", "reviews")
                .version("v1")
                .version("v2")
                .version("unused")
                .routes(route("split", List.of(), subset("v1", 90), subset("v2", 10)))
                .build();

        var port = onlyPort(REVIEWS, BOTH, V1, V2, policy);

        assertThat(port.pools()).containsExactly(pool("", V1_ID, V2_ID), pool("v1", V1_ID), pool("v2", V2_ID));
        assertThat(port.routes().getFirst().backends())
                .containsExactly(new Backend.Endpoints(cluster("v1"), 90), new Backend.Endpoints(cluster("v2"), 10));
        assertThat(port.origins()).containsExactly(new Origin(policy.ref(), 1));
    }

    @Test
    void a_port_has_the_routes_that_are_for_it_and_their_subsets_and_another_is_as_without_routes() {
        var some = route("some", List.of(header("x-user", new StringMatch.Present())), subset("v2", 1));
        var policy = trafficPolicy("p", "reviews")
                .version("v1")
                .version("v2")
                .routes(routeOf(9080, some), routeOf(9081, "next", subset("v2", 1)))
                .build();
        var service = service("reviews", "10.96.0.1", port(9080, "http"), port(9081, "next"), port(9082, "other"));
        var slice = slice("reviews", Map.of("http", 8080, "next", 8080, "other", 8080), V1, V2);

        var ports = view(service, slice, V1, V2, policy).orElseThrow().ports();

        assertThat(ports).extracting(port -> names(port.routes())).containsExactly("some", "next", "default");
        assertThat(ports)
                .extracting(port -> port.pools().stream()
                        .map(pool -> pool.subset().orElse(""))
                        .toList())
                .containsExactly(List.of("", "v2"), List.of("", "v2"), List.of(""));
    }

    private static String names(List<ServiceView.Route> routes) {
        return routes.stream().map(ServiceView.Route::name).collect(joining(" "));
    }

    @Test
    void a_share_of_an_unknown_subset_stays_and_leads_nowhere() {
        var policy = trafficPolicy("p", "reviews")
                .version("v1")
                .routes(route("split", List.of(), subset("v1", 1), subset("v9", 3)))
                .build();

        assertThat(onlyPort(REVIEWS, BOTH, V1, V2, policy).routes().getFirst().backends())
                .containsExactly(
                        new Backend.Endpoints(cluster("v1"), 1),
                        new Backend.Invalid(3, "no TrafficPolicy defines subset v9 of Service shop/reviews"));
    }

    @Test
    void pods_without_a_proxy_or_outside_the_mesh_have_no_identity() {
        var bare = pod("reviews", "v1", "10.1.0.1", new Pod.Proxy.None());
        assertThat(onlyPort(REVIEWS, slice("reviews", Map.of("http", 8080), bare), bare)
                        .pools())
                .containsExactly(new Pool(Optional.empty(), new TreeSet<>(), Proxied.NONE));

        var outside = reads(mesh(), new Namespace("shop", Map.of()), REVIEWS, BOTH, V1, V2);
        assertThat(view(outside).orElseThrow().ports().getFirst().pools())
                .containsExactly(new Pool(Optional.empty(), new TreeSet<>(), Proxied.NONE));
    }

    @Test
    void pods_that_are_not_ready_count_for_the_identities() {
        var starting = slice("reviews", Map.of("http", 8080), endpoint(V1, false, false, false));

        assertThat(onlyPort(REVIEWS, starting, V1).pools()).containsExactly(pool("", V1_ID));
    }

    @Test
    void routes_keep_their_order_and_take_what_they_do_not_set_from_the_policy() {
        var testers = header("x-user", new StringMatch.Exact("alice"));
        var own = new TrafficPolicy.Route(
                "testers",
                List.of(testers),
                List.of(),
                Optional.of(new TrafficPolicy.Timeouts(
                        Optional.of(Duration.ofSeconds(20)), Optional.empty(), Optional.empty())),
                Optional.of(retries(0)));
        var policy = trafficPolicy("p", "reviews")
                .routes(own, route("rest", List.of()))
                .timeouts(timeouts(10, 2))
                .retries(retries(1, CONNECT_FAILURE))
                .build();

        assertThat(onlyPort(REVIEWS, BOTH, V1, V2, policy).routes())
                .containsExactly(
                        new ServiceView.Route(
                                "testers",
                                List.of(testers),
                                List.of(new Backend.Endpoints(cluster(""), 1)),
                                Optional.of(Duration.ofSeconds(20)),
                                Optional.empty(),
                                Optional.empty(),
                                new Retry(
                                        0, List.of(), List.of(), Optional.of(Duration.ofSeconds(2)), Optional.empty()),
                                List.of(),
                                false),
                        new ServiceView.Route(
                                "rest",
                                List.of(),
                                List.of(new Backend.Endpoints(cluster(""), 1)),
                                Optional.of(Duration.ofSeconds(10)),
                                Optional.empty(),
                                Optional.empty(),
                                new Retry(
                                        1,
                                        List.of(CONNECT_FAILURE),
                                        List.of(),
                                        Optional.of(Duration.ofSeconds(2)),
                                        Optional.empty()),
                                List.of(),
                                false));
    }

    @Test
    void an_opaque_port_has_no_routes_and_one_pool() {
        var policy = trafficPolicy("p", "reviews")
                .port(9080, TrafficPolicy.Protocol.TCP)
                .version("v1")
                .routes(route("all", List.of(), subset("v1", 1)))
                .build();

        var port = onlyPort(REVIEWS, BOTH, V1, V2, policy);

        assertThat(port.protocol()).isEqualTo(AppProtocol.OPAQUE);
        assertThat(port.routes()).isEmpty();
        assertThat(port.pools()).containsExactly(pool("", V1_ID, V2_ID));
    }

    @Test
    void an_invalid_policy_is_not_applied_at_all() {
        var policy = trafficPolicy("p", "reviews")
                .port(9080, TrafficPolicy.Protocol.TCP)
                .routes(route("none", List.of(), subset("v1", 0)))
                .build();

        assertThat(view(REVIEWS, BOTH, V1, V2, policy)).isEqualTo(view(REVIEWS, BOTH, V1, V2));
    }

    @Test
    void without_a_mesh_there_is_nothing() {
        assertThat(view(reads(member("shop"), REVIEWS, BOTH, V1, V2))).isEmpty();
    }

    private static Optional<ServiceView> view(SnapshotObject... objects) {
        return view(shopWith(objects));
    }

    private static Optional<ServiceView> view(Reads reads) {
        return ServiceViews.resolve(reads, service -> ServiceTraffic.of(reads, service), NAME, Clients.ANY);
    }

    private static ServiceView.Port onlyPort(SnapshotObject... objects) {
        return view(objects).orElseThrow().ports().getFirst();
    }

    private static ServiceView.Route toAll(String name) {
        return new ServiceView.Route(
                name,
                List.of(),
                List.of(new Backend.Endpoints(cluster(""), 1)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                SAFE,
                List.of(),
                false);
    }

    private static ClusterName cluster(String subset) {
        return new ClusterName(NAME, 9080, Optional.of(subset).filter(it -> !it.isEmpty()));
    }

    private static Pool pool(String subset, String... identities) {
        SortedSet<String> all = new TreeSet<>(List.of(identities));
        return new Pool(Optional.of(subset).filter(it -> !it.isEmpty()), all, Proxied.ALL);
    }
}
