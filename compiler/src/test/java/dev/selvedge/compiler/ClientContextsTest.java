// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import static dev.selvedge.compiler.Fixtures.httpBackend;
import static dev.selvedge.compiler.Fixtures.httpRule;
import static dev.selvedge.compiler.Fixtures.member;
import static dev.selvedge.compiler.Fixtures.mesh;
import static dev.selvedge.compiler.Fixtures.meta;
import static dev.selvedge.compiler.Fixtures.pod;
import static dev.selvedge.compiler.Fixtures.port;
import static dev.selvedge.compiler.Fixtures.puts;
import static dev.selvedge.compiler.Fixtures.service;
import static dev.selvedge.compiler.Fixtures.shop;
import static dev.selvedge.compiler.Fixtures.trafficPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.resource.Context;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.Clients;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Match;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Source;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which proxies share the routes of a Service, and which have some of their own under the same name. */
final class ClientContextsTest {
    private static final String NAME = "shop/reviews:9080";
    private static final Pod NEIGHBOUR = pod("client", "v1", "10.1.0.1");
    private static final Pod STRANGER = new Pod(
            new ObjectName("bank", "client"),
            "uid",
            List.of("10.1.0.2"),
            Map.of("app", "client"),
            "client",
            new Pod.Proxy.Sidecar());
    private static final ResourceKey SHARED = new ResourceKey(ResourceType.ROUTE, NAME, new Context.Shared());

    private final IncrementalCompiler compiler = new IncrementalCompiler();

    @BeforeEach
    void aServiceWithClientsOfTwoNamespaces() {
        compiler.apply(puts(
                mesh(),
                member("shop"),
                member("bank"),
                service("reviews", "10.96.0.10", port(9080, "http")),
                NEIGHBOUR,
                STRANGER));
        compiler.resource(SHARED);
    }

    @Test
    void everybody_shares_what_the_producer_says() {
        compiler.apply(puts(route("shop", "reviews")));

        assertThat(key(NEIGHBOUR)).isEqualTo(SHARED);
        assertThat(key(STRANGER)).isEqualTo(SHARED);
    }

    @Test
    void clients_of_a_consumers_namespace_have_their_own_and_everybody_hears_when_that_begins_and_ends() {
        var consumer = route("bank", "reviews");

        var begun = compiler.apply(puts(consumer));

        var own = new ResourceKey(
                ResourceType.ROUTE, NAME, new Context.OfClients(new Clients(Optional.of("bank"), List.of())));
        assertThat(begun.resources()).contains(SHARED);
        assertThat(key(NEIGHBOUR)).isEqualTo(SHARED);
        assertThat(key(STRANGER)).isEqualTo(own);
        assertThat(compiler.resource(own).orElseThrow().origins())
                .extracting(origin -> origin.object().toString())
                .containsExactly("HTTP_ROUTE bank/reviews");

        var ended = compiler.apply(List.of(new Change.Remove(consumer.ref())));

        assertThat(ended.resources()).contains(SHARED, own);
        assertThat(key(STRANGER)).isEqualTo(SHARED);
        assertThat(compiler.resource(own)).isEmpty();
    }

    @Test
    void a_route_of_a_namespace_outside_of_the_mesh_is_nobodys() {
        compiler.apply(puts(route("legacy", "reviews")));

        assertThat(compiler.resource(SHARED).orElseThrow().groups().namespaces())
                .isEmpty();
    }

    @Test
    void clients_that_a_match_asks_for_have_their_own() {
        var source = new Source(List.of(), Map.of("version", "v1"));
        var match = new Match(
                Optional.empty(), Optional.empty(), List.of(), List.of(), Optional.empty(), Optional.of(source));
        compiler.apply(puts(trafficPolicy("p", "reviews")
                .routes(
                        new TrafficPolicy.Route(
                                "theirs", List.of(match), List.of(), Optional.empty(), Optional.empty()),
                        new TrafficPolicy.Route("rest", List.of(), List.of(), Optional.empty(), Optional.empty()))
                .build()));

        assertThat(key(STRANGER)).isEqualTo(SHARED);
        assertThat(key(NEIGHBOUR).context())
                .isEqualTo(new Context.OfClients(new Clients(Optional.empty(), List.of(source))));
        assertThat(text(SHARED)).doesNotContain("theirs").contains("rest");
        assertThat(text(key(NEIGHBOUR))).contains("theirs", "rest");
    }

    private String text(ResourceKey key) {
        return compiler.resource(key).orElseThrow().body().getValue().toStringUtf8();
    }

    private ResourceKey key(Pod pod) {
        return compiler.keyFor(ResourceType.ROUTE, NAME, pod.name());
    }

    private static HttpRoute route(String namespace, String name) {
        return new HttpRoute(
                meta(namespace, name, 1),
                List.of(new HttpRoute.Parent.ToService(shop("reviews"), Optional.empty())),
                List.of(),
                List.of(httpRule(List.of(), httpBackend("reviews", 9080))));
    }
}
