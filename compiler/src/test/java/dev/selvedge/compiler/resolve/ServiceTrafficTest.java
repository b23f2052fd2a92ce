// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static dev.selvedge.compiler.Fixtures.header;
import static dev.selvedge.compiler.Fixtures.mesh;
import static dev.selvedge.compiler.Fixtures.reads;
import static dev.selvedge.compiler.Fixtures.retries;
import static dev.selvedge.compiler.Fixtures.route;
import static dev.selvedge.compiler.Fixtures.routeOf;
import static dev.selvedge.compiler.Fixtures.shop;
import static dev.selvedge.compiler.Fixtures.shopWith;
import static dev.selvedge.compiler.Fixtures.subset;
import static dev.selvedge.compiler.Fixtures.timeouts;
import static dev.selvedge.compiler.Fixtures.trafficPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.resolve.ServiceTraffic.Loss;
import dev.selvedge.compiler.snapshot.Namespace;
import dev.selvedge.compiler.snapshot.Release;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Protocol;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Timeouts;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class ServiceTrafficTest {
    @Test
    void the_oldest_policy_decides_each_field_and_the_rest_of_a_younger_one_applies() {
        // Names never decide: the winner comes last in the alphabet.
        var older = trafficPolicy("z", "reviews")
                .age(1)
                .port(80, Protocol.HTTP)
                .version("v1")
                .routes(route("older", List.of()))
                .timeouts(timeouts(10, 5))
                .build();
        var younger = trafficPolicy("a", "reviews")
                .age(2)
                .port(80, Protocol.TCP)
                .port(81, Protocol.TCP)
                .subset("v1", Map.of("other", "label"))
                .subset("v2", Map.of("version", "v2"))
                .routes(route("younger", List.of()))
                .timeouts(
                        new Timeouts(Optional.of(Duration.ofSeconds(9)), Optional.empty(), Optional.of(Duration.ZERO)))
                .retries(retries(0))
                .build();

        assertThat(merged(younger, older))
                .isEqualTo(new ServiceTraffic(
                        Map.of(80, Protocol.HTTP, 81, Protocol.TCP),
                        Map.of("v1", Map.of("version", "v1"), "v2", Map.of("version", "v2")),
                        Optional.empty(),
                        older.routes(),
                        new Timeouts(
                                Optional.of(Duration.ofSeconds(10)),
                                Optional.of(Duration.ofSeconds(5)),
                                Optional.of(Duration.ZERO)),
                        younger.retries(),
                        Upstream.DEFAULT,
                        new TreeSet<>(List.of(new Origin(older.ref(), 1), new Origin(younger.ref(), 1))),
                        Map.of(
                                shop("a"),
                                List.of(
                                        new Loss("spec.ports[80]", shop("z")),
                                        new Loss("spec.subsets[v1]", shop("z")),
                                        new Loss("spec.routes", shop("z")),
                                        new Loss("spec.timeouts.request", shop("z")))),
                        new TreeMap<>(Map.of(
                                "spec.ports[80]", shop("z"),
                                "spec.ports[81]", shop("a"),
                                "spec.subsets[v1]", shop("z"),
                                "spec.subsets[v2]", shop("a"),
                                "spec.routes", shop("z"),
                                "spec.timeouts.request", shop("z"),
                                "spec.timeouts.perTry", shop("z"),
                                "spec.timeouts.idle", shop("a"),
                                "spec.retries", shop("a")))));
    }

    @Test
    void the_first_route_for_a_port_without_matches_divides_its_connections() {
        var some = route("some", List.of(header("x-user", new StringMatch.Present())), subset("v2", 1));
        var traffic = merged(trafficPolicy("p", "reviews")
                .version("v1")
                .version("v2")
                .release(new Release.Canary("v1", "v2", 10, Optional.empty()))
                .routes(
                        some,
                        routeOf(81, "old", subset("v1", 1)),
                        routeOf(82, "next", subset("v2", 1)),
                        routeOf(83, route("b", some.matches(), subset("v2", 1))))
                .build());

        assertThat(traffic.connections(81)).containsExactly(subset("v1", 1));
        assertThat(traffic.connections(82)).containsExactly(subset("v2", 1));
        assertThat(traffic.connections(83)).as("the release").containsExactly(subset("v2", 10), subset("v1", 90));
        assertThat(traffic.connections(84)).as("the release").containsExactly(subset("v2", 10), subset("v1", 90));
    }

    @Test
    void routes_of_two_policies_are_not_merged_even_for_different_ports() {
        var one =
                trafficPolicy("one", "reviews").age(1).routes(routeOf(80, "a")).build();
        var two =
                trafficPolicy("two", "reviews").age(2).routes(routeOf(81, "b")).build();

        assertThat(merged(one, two).routes()).isEqualTo(one.routes());
        assertThat(merged(one, two).losses())
                .isEqualTo(Map.of(shop("two"), List.of(new Loss("spec.routes", shop("one")))));
    }

    @Test
    void saying_the_same_as_an_older_policy_is_no_conflict() {
        var one = trafficPolicy("one", "reviews").age(1).version("v1").build();
        var two = trafficPolicy("two", "reviews").age(2).version("v1").build();

        var merged = merged(one, two);

        assertThat(merged.losses()).isEmpty();
        assertThat(merged.origins()).containsExactly(new Origin(one.ref(), 1), new Origin(two.ref(), 1));
    }

    @Test
    void a_policy_that_lost_everything_shapes_nothing() {
        var one = trafficPolicy("one", "reviews").age(1).retries(retries(1)).build();
        var two = trafficPolicy("two", "reviews").age(2).retries(retries(2)).build();

        assertThat(merged(one, two).origins()).containsExactly(new Origin(one.ref(), 1));
    }

    @Test
    void outside_the_mesh_no_policy_has_a_say() {
        var policy = trafficPolicy("one", "reviews").retries(retries(1)).build();

        assertThat(ServiceTraffic.of(reads(mesh(), new Namespace("shop", Map.of()), policy), shop("reviews")))
                .isEqualTo(merged());
    }

    private static ServiceTraffic merged(TrafficPolicy... policies) {
        return ServiceTraffic.of(shopWith(policies), shop("reviews"));
    }
}
