// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static dev.selvedge.compiler.Fixtures.endpoint;
import static dev.selvedge.compiler.Fixtures.mesh;
import static dev.selvedge.compiler.Fixtures.pod;
import static dev.selvedge.compiler.Fixtures.port;
import static dev.selvedge.compiler.Fixtures.ready;
import static dev.selvedge.compiler.Fixtures.service;
import static dev.selvedge.compiler.Fixtures.shop;
import static dev.selvedge.compiler.Fixtures.slice;
import static dev.selvedge.compiler.Fixtures.trafficPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.Fixtures;
import dev.selvedge.compiler.model.EndpointsView;
import dev.selvedge.compiler.model.EndpointsView.Endpoint;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ServiceEndpointsTest {
    private static final Service REVIEWS = service("reviews", "10.96.0.1", port(80, "http"));
    private static final Map<String, Integer> HTTP = Map.of("http", 8080);
    private static final Pod V1 = pod("reviews", "v1", "10.1.0.1");
    private static final Pod V2 = pod("reviews", "v2", "10.1.0.2");

    @Test
    void ready_ones_are_used_and_ending_ones_drain_and_the_others_are_left_out() {
        var v5 = pod("reviews", "v5", "10.1.0.5");
        var slice = slice(
                "reviews",
                HTTP,
                endpoint(V1, true, true, false),
                endpoint(V2, false, true, true),
                endpoint(pod("reviews", "v3", "10.1.0.3"), false, false, true),
                endpoint(pod("reviews", "v4", "10.1.0.4"), false, true, false),
                endpoint(v5, true, true, true));

        assertThat(endpoints("", REVIEWS, slice, V1, V2, v5))
                .containsExactly(
                        new Endpoint("10.1.0.1", 8080, true, false, "a"),
                        new Endpoint("10.1.0.2", 8080, true, true, "a"),
                        new Endpoint("10.1.0.5", 8080, true, false, "a"));
    }

    @Test
    void an_endpoint_waits_for_its_pod_and_the_namespace_of_it() {
        var slice = slice("reviews", HTTP, V1);
        var early = new Pod(
                new ObjectName("new", "early"),
                "uid",
                List.of("10.1.0.9"),
                Map.of(),
                "default",
                new Pod.Proxy.Sidecar());

        assertThat(endpoints("", REVIEWS, slice)).isEmpty();
        assertThat(endpoints("", REVIEWS, slice, V1)).hasSize(1);
        assertThat(endpoints("", REVIEWS, slice("reviews", HTTP, early), early)).isEmpty();
    }

    @Test
    void an_endpoint_that_names_no_pod_is_called_in_plaintext() {
        var outside = new EndpointSlice.Endpoint("192.0.2.1", true, true, false, Optional.empty(), "a");
        var slice = new EndpointSlice(shop("manual"), shop("reviews"), HTTP, List.of(outside));

        assertThat(endpoints("", REVIEWS, slice)).containsExactly(new Endpoint("192.0.2.1", 8080, false, false, "a"));
    }

    @Test
    void a_slice_that_names_no_pod_leads_to_the_pod_of_its_address() {
        var nameless = new EndpointSlice.Endpoint("10.1.0.1", true, true, false, Optional.empty(), "a");
        var slice = new EndpointSlice(shop("manual"), shop("reviews"), HTTP, List.of(nameless));

        assertThat(endpoints("", REVIEWS, slice, V1)).containsExactly(new Endpoint("10.1.0.1", 8080, true, false, "a"));
    }

    @Test
    void a_proxy_in_front_is_known_by_the_pod() {
        var bare = pod("reviews", "v2", "10.1.0.2", new Pod.Proxy.None());

        assertThat(endpoints("", REVIEWS, slice("reviews", HTTP, V1, bare), V1, bare))
                .containsExactly(
                        new Endpoint("10.1.0.1", 8080, true, false, "a"),
                        new Endpoint("10.1.0.2", 8080, false, false, "a"));
    }

    @Test
    void a_subset_is_the_pods_that_carry_its_labels() {
        var policy = trafficPolicy("p", "reviews").version("v2").build();

        assertThat(endpoints("v2", REVIEWS, slice("reviews", HTTP, V1, V2), V1, V2, policy))
                .containsExactly(new Endpoint("10.1.0.2", 8080, true, false, "a"));
        assertThat(resolve("v3", REVIEWS, policy)).isEmpty();
    }

    @Test
    void while_a_pod_moves_between_slices_the_healthier_entry_counts() {
        var old = new EndpointSlice(shop("old"), shop("reviews"), HTTP, List.of(endpoint(V1, false, true, true)));
        var now = new EndpointSlice(shop("now"), shop("reviews"), HTTP, List.of(ready(V1)));

        assertThat(endpoints("", REVIEWS, old, now, V1))
                .containsExactly(new Endpoint("10.1.0.1", 8080, true, false, "a"));
    }

    @Test
    void a_pod_with_two_addresses_counts_once_by_the_family_of_the_first_service_address() {
        var dual = new Service(REVIEWS.name(), REVIEWS.selector(), List.of("fd00::9", "10.96.0.1"), REVIEWS.ports());
        var four = new EndpointSlice(shop("four"), shop("reviews"), HTTP, List.of(ready(V1)));
        var six =
                new EndpointSlice(shop("six"), shop("reviews"), HTTP, List.of(ready(pod("reviews", "v1", "fd01::1"))));

        assertThat(endpoints("", dual, four, six, V1)).containsExactly(new Endpoint("fd01::1", 8080, true, false, "a"));
        assertThat(endpoints("", REVIEWS, four, six, V1))
                .containsExactly(new Endpoint("10.1.0.1", 8080, true, false, "a"));
    }

    @Test
    void a_port_that_no_slice_knows_has_no_endpoints_and_an_unknown_port_does_not_exist() {
        assertThat(endpoints("", REVIEWS, slice("reviews", Map.of("grpc", 1), V1), V1))
                .isEmpty();
        assertThat(ServiceEndpoints.resolve(
                        Fixtures.reads(mesh(), REVIEWS),
                        ServiceTraffic.of(Fixtures.reads(), shop("reviews")),
                        new ClusterName(shop("reviews"), 81, Optional.empty())))
                .isEmpty();
    }

    private static List<Endpoint> endpoints(String subset, SnapshotObject... objects) {
        return resolve(subset, objects).orElseThrow().endpoints();
    }

    private static Optional<EndpointsView> resolve(String subset, SnapshotObject... objects) {
        var reads = Fixtures.shopWith(objects);
        var name = new ClusterName(shop("reviews"), 80, Optional.of(subset).filter(it -> !it.isEmpty()));
        return ServiceEndpoints.resolve(reads, ServiceTraffic.of(reads, name.service()), name);
    }
}
