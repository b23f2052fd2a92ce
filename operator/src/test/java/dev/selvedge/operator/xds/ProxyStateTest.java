// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import static dev.selvedge.compiler.resource.ResourceType.CLUSTER;
import static dev.selvedge.compiler.resource.ResourceType.ENDPOINTS;
import static dev.selvedge.compiler.resource.ResourceType.LISTENER;
import static dev.selvedge.compiler.resource.ResourceType.ROUTE;
import static dev.selvedge.compiler.resource.ResourceType.SCOPE;
import static dev.selvedge.operator.xds.FakeSource.key;
import static dev.selvedge.operator.xds.FakeSource.served;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.resource.Context;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.ClientGroups;
import dev.selvedge.compiler.snapshot.Clients;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.operator.compile.Served;
import dev.selvedge.operator.delivery.Holding;
import dev.selvedge.operator.delivery.Holding.State;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ProxyStateTest {
    private final FakeSource mesh = new FakeSource();
    /** Those of a scope that were told last. */
    private final Set<Holding> scopes = new HashSet<>();

    private final ProxyState proxy = new ProxyState(mesh, (_, before, after) -> {
        scopes.remove(before);
        if (after != null && after.resource().startsWith("10.")) {
            scopes.add(after);
        }
    });

    @BeforeEach
    void aShopWithOneService() {
        mesh.put(
                served(CLUSTER, "passthrough", "1"),
                served(LISTENER, "outbound", "1"),
                served(SCOPE, "10.0.0.1:80", "1"),
                served(ROUTE, "shop/a:80", "1", key(CLUSTER, "shop/a:80")),
                served(CLUSTER, "shop/a:80", "1", key(ENDPOINTS, "shop/a:80")),
                served(ENDPOINTS, "shop/a:80", "1"));
        mesh.list(CLUSTER, "passthrough");
        mesh.list(LISTENER, "outbound");
        mesh.list(SCOPE, "10.0.0.1:80");
    }

    @AfterEach
    void everythingIsGivenBack() {
        proxy.close();
        assertThat(mesh.held()).isEmpty();
    }

    @Test
    void a_wildcard_subscription_gets_what_is_listed() {
        subscribe(CLUSTER);
        assertThat(sent()).containsExactly("CLUSTER passthrough@1");
        subscribe(LISTENER, "*");
        assertThat(sent()).containsExactly("LISTENER outbound@1");
    }

    @Test
    void a_first_wildcard_subscription_is_answered_even_when_nothing_is_listed() {
        mesh.list(SCOPE);
        subscribe(SCOPE);
        assertThat(sent()).containsExactly("SCOPE");
        assertThat(sent()).isEmpty();
    }

    @Test
    void a_name_that_does_not_exist_is_answered_at_once() {
        subscribe(ENDPOINTS, "shop/no:80");
        assertThat(sent()).containsExactly("ENDPOINTS -shop/no:80");
        ack();
        proxy.take(mesh.put(served(ENDPOINTS, "shop/no:80", "1")));
        assertThat(sent()).containsExactly("ENDPOINTS shop/no:80@1");
    }

    @Test
    void a_route_waits_for_its_clusters_and_their_endpoints() {
        start();
        subscribe(ROUTE, "shop/a:80");
        assertThat(sent()).containsExactly("CLUSTER shop/a:80@1");
        subscribe(ENDPOINTS, "shop/a:80");
        assertThat(sent()).containsExactly("ENDPOINTS shop/a:80@1");
        ack(CLUSTER);
        assertThat(sent()).containsExactly("ROUTE shop/a:80@1");
    }

    @Test
    void a_route_goes_when_only_the_acknowledgement_of_endpoints_is_missing() {
        start();
        subscribe(ROUTE, "shop/a:80");
        sent();
        ack(CLUSTER);
        // Envoy asks for endpoints before it acknowledges; where it does not ask, it has what it needs.
        assertThat(sent()).containsExactly("ROUTE shop/a:80@1");
    }

    @Test
    void a_refused_cluster_holds_no_route_back() {
        start();
        subscribe(ROUTE, "shop/a:80");
        sent();
        nack(CLUSTER, "bad cluster");
        assertThat(sent()).containsExactly("ROUTE shop/a:80@1");
    }

    @Test
    void a_new_cluster_comes_before_the_route_that_moves_to_it_and_the_old_one_goes_after() {
        startWithRoute();
        mesh.put(served(CLUSTER, "shop/b:80", "1", key(ENDPOINTS, "shop/b:80")), served(ENDPOINTS, "shop/b:80", "1"));
        proxy.take(mesh.put(served(ROUTE, "shop/a:80", "2", key(CLUSTER, "shop/b:80"))));

        assertThat(sent()).containsExactly("CLUSTER shop/b:80@1");
        subscribe(ENDPOINTS, "shop/b:80");
        assertThat(sent()).containsExactly("ENDPOINTS shop/b:80@1");
        ack(CLUSTER);
        assertThat(sent()).containsExactly("ROUTE shop/a:80@2");
        ack(ENDPOINTS);
        assertThat(sent())
                .as("the old cluster is in use until the route is acknowledged")
                .isEmpty();
        ack(ROUTE);
        assertThat(sent()).containsExactly("CLUSTER -shop/a:80");
    }

    @Test
    void a_cluster_that_a_refused_route_leaves_stays_with_the_last_good_route() {
        startWithRoute();
        proxy.take(mesh.put(served(ROUTE, "shop/a:80", "2", key(CLUSTER, "passthrough"))));
        assertThat(sent()).containsExactly("ROUTE shop/a:80@2");
        nack(ROUTE, "bad route");
        assertThat(sent()).isEmpty();
    }

    @Test
    void a_proxy_whose_namespace_gets_routes_of_its_own_moves_to_them_and_back() {
        startWithRoute();
        var own =
                new ResourceKey(ROUTE, "shop/a:80", new Context.OfClients(new Clients(Optional.of("bank"), List.of())));
        var groups = new ClientGroups(new TreeSet<>(Set.of("bank")), List.of());
        mesh.resources.put(own, toldApart(own, "bank", groups));
        mesh.keys = (type, name) -> type == ROUTE ? own : key(type, name);
        proxy.take(mesh.put(toldApart(key(ROUTE, "shop/a:80"), "1", groups)));

        assertThat(sent()).containsExactly("ROUTE shop/a:80@bank");
        ack();
        assertThat(mesh.holders).containsEntry(own, 1).containsEntry(key(ROUTE, "shop/a:80"), 0);
        proxy.take(mesh.put(toldApart(own, "bank-2", groups)));
        assertThat(sent()).containsExactly("ROUTE shop/a:80@bank-2");
        ack();

        mesh.keys = FakeSource::key;
        mesh.put(served(ROUTE, "shop/a:80", "2", key(CLUSTER, "shop/a:80")));
        mesh.resources.remove(own);
        proxy.take(FakeSource.update(Map.of(own, Optional.empty()), Set.of()));
        assertThat(sent()).containsExactly("ROUTE shop/a:80@2");
        ack();
        assertThat(mesh.holders).containsEntry(own, 0).containsEntry(key(ROUTE, "shop/a:80"), 1);
    }

    @Test
    void a_proxy_whose_pod_gets_other_labels_asks_again_for_what_is_told_apart_by_them() {
        startWithRoute();
        var groups = new ClientGroups(
                new TreeSet<>(), List.of(new TrafficPolicy.Source(List.of(), Map.of("version", "v2"))));
        proxy.take(mesh.put(toldApart(key(ROUTE, "shop/a:80"), "1", groups)));
        assertThat(sent()).isEmpty();
        var own = new ResourceKey(
                ROUTE, "shop/a:80", new Context.OfClients(new Clients(Optional.empty(), groups.sources())));
        mesh.resources.put(own, toldApart(own, "labelled", groups));
        mesh.keys = (type, name) -> type == ROUTE ? own : key(type, name);

        proxy.relabelled(1);

        assertThat(sent()).containsExactly("ROUTE shop/a:80@labelled");
    }

    private static Served toldApart(ResourceKey key, String version, ClientGroups groups) {
        var route = served(key, version, new TreeSet<>(), key(CLUSTER, "shop/a:80"));
        return new Served(key, version, route.wire(), route.origins(), route.requires(), groups);
    }

    @Test
    void a_cluster_goes_when_its_route_is_no_longer_subscribed() {
        startWithRoute();
        unsubscribe(ROUTE, "shop/a:80");
        assertThat(sent()).containsExactly("CLUSTER -shop/a:80");
        ack();
        unsubscribe(ENDPOINTS, "shop/a:80");
        assertThat(mesh.held()).noneMatch(held -> held.contains("shop/a:80"));
    }

    @Test
    void endpoints_are_answered_again_when_their_cluster_changes() {
        startWithRoute();
        proxy.take(mesh.put(served(CLUSTER, "shop/a:80", "2", key(ENDPOINTS, "shop/a:80"))));
        assertThat(sent()).containsExactly("CLUSTER shop/a:80@2", "ENDPOINTS shop/a:80@1");
    }

    @Test
    void endpoints_that_change_alone_are_all_that_is_sent() {
        startWithRoute();
        proxy.take(mesh.put(served(ENDPOINTS, "shop/a:80", "2")));
        assertThat(sent()).containsExactly("ENDPOINTS shop/a:80@2");
    }

    @Test
    void a_listener_waits_for_its_cluster() {
        mesh.put(served(LISTENER, "outbound|10.0.0.1:80", "1", key(CLUSTER, "shop/a:80")));
        mesh.list(LISTENER, "outbound", "outbound|10.0.0.1:80");
        subscribe(CLUSTER);
        sent();
        ack();
        subscribe(LISTENER);
        assertThat(sent()).as("the first listeners go out together").containsExactly("CLUSTER shop/a:80@1");
        subscribe(ENDPOINTS, "shop/a:80");
        ack(CLUSTER);
        assertThat(sent()).containsExactly("ENDPOINTS shop/a:80@1", "LISTENER outbound@1 outbound|10.0.0.1:80@1");
    }

    @Test
    void on_demand_clusters_are_answered_beside_the_wildcard() {
        start();
        mesh.put(served(CLUSTER, "tcp|10.0.0.9:5432", "1"));
        subscribe(CLUSTER, "tcp|10.0.0.9:5432");
        assertThat(sent()).containsExactly("CLUSTER tcp|10.0.0.9:5432@1");
        ack();
        unsubscribe(CLUSTER, "tcp|10.0.0.9:5432");
        assertThat(sent()).containsExactly("CLUSTER -tcp|10.0.0.9:5432");
    }

    @Test
    void a_listing_that_changes_sends_the_difference() {
        start();
        mesh.put(served(SCOPE, "10.0.0.2:80", "1"));
        proxy.take(mesh.list(SCOPE, "10.0.0.2:80"));
        assertThat(sent()).containsExactly("SCOPE 10.0.0.2:80@1 -10.0.0.1:80");
    }

    @Test
    void a_resource_is_on_its_way_once_and_the_newest_version_follows() {
        start();
        proxy.take(mesh.put(served(SCOPE, "10.0.0.1:80", "2")));
        assertThat(sent()).containsExactly("SCOPE 10.0.0.1:80@2");
        proxy.take(mesh.put(served(SCOPE, "10.0.0.1:80", "3")));
        proxy.take(mesh.put(served(SCOPE, "10.0.0.1:80", "4")));
        assertThat(sent()).isEmpty();
        ack(SCOPE);
        assertThat(sent()).containsExactly("SCOPE 10.0.0.1:80@4");
    }

    @Test
    void a_change_that_is_taken_back_in_time_is_not_sent() {
        start();
        proxy.take(mesh.put(served(SCOPE, "10.0.0.1:80", "2")));
        proxy.take(mesh.put(served(SCOPE, "10.0.0.1:80", "1")));
        assertThat(sent()).isEmpty();
    }

    @Test
    void a_refused_response_is_taken_apart_until_the_culprit_is_alone() {
        start();
        proxy.take(mesh.put(
                served(SCOPE, "10.0.0.1:80", "2"),
                served(SCOPE, "10.0.0.2:80", "1"),
                served(SCOPE, "10.0.0.3:80", "1")));
        proxy.take(mesh.list(SCOPE, "10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"));
        var accepted = new TreeSet<String>();
        for (var round = sent(); !round.isEmpty(); round = sent()) {
            for (var response : round) {
                if (response.contains("10.0.0.2:80")) {
                    nackFirst(SCOPE, "bad scope");
                } else {
                    accepted.addAll(List.of(response.split(" ")).subList(1, response.split(" ").length));
                    ackFirst(SCOPE);
                }
            }
        }
        assertThat(accepted).containsExactly("10.0.0.1:80@2", "10.0.0.3:80@1");
        proxy.take(mesh.put(served(SCOPE, "10.0.0.3:80", "2")));
        assertThat(sent()).as("the others go on").containsExactly("SCOPE 10.0.0.3:80@2");
        ack();
        proxy.take(mesh.put(served(SCOPE, "10.0.0.2:80", "2")));
        assertThat(sent()).as("sent again when it changes").containsExactly("SCOPE 10.0.0.2:80@2");
    }

    @Test
    void nothing_is_sent_again_on_a_new_stream() {
        reconnect(CLUSTER, Map.of("passthrough", "1", "shop/a:80", "1"));
        reconnect(ENDPOINTS, Map.of("shop/a:80", "1"), "shop/a:80");
        reconnect(LISTENER, Map.of("outbound", "1"));
        reconnect(SCOPE, Map.of("10.0.0.1:80", "1"));
        reconnect(ROUTE, Map.of("shop/a:80", "1"), "shop/a:80");
        assertThat(sent()).isEmpty();
    }

    @Test
    void a_new_stream_gets_what_changed_meanwhile() {
        mesh.put(served(SCOPE, "10.0.0.1:80", "2"));
        reconnect(SCOPE, Map.of("10.0.0.1:80", "1", "10.0.0.9:80", "1"));
        reconnect(ENDPOINTS, Map.of("shop/a:80", "0"), "shop/a:80");
        assertThat(sent()).containsExactly("ENDPOINTS shop/a:80@1", "SCOPE 10.0.0.1:80@2", "SCOPE -10.0.0.9:80");
    }

    @Test
    void endpoints_of_a_new_stream_are_answered_when_their_cluster_has_changed() {
        mesh.put(served(CLUSTER, "shop/a:80", "2", key(ENDPOINTS, "shop/a:80")));
        mesh.list(CLUSTER, "shop/a:80");
        reconnect(CLUSTER, Map.of("shop/a:80", "1"));
        assertThat(sent()).containsExactly("CLUSTER shop/a:80@2");
        reconnect(ENDPOINTS, Map.of("shop/a:80", "1"), "shop/a:80");
        assertThat(sent()).as("Envoy warms the cluster until they come").containsExactly("ENDPOINTS shop/a:80@1");
    }

    @Test
    void what_is_on_its_way_keeps_a_proxy_from_being_current() {
        start();
        var policy = new Origin(ObjectRef.of(Kind.TRAFFIC_POLICY, "shop", "a"), 2);
        proxy.take(mesh.put(served(key(SCOPE, "10.0.0.1:80"), "2", new TreeSet<>(Set.of(policy)))));
        assertThat(sent()).containsExactly("SCOPE 10.0.0.1:80@2");

        proxy.take(mesh.put(served(SCOPE, "10.0.0.1:80", "1")));

        assertThat(scopes).extracting(Holding::state).containsExactly(State.PENDING);
        assertThat(scopes).flatExtracting(Holding::stale).containsExactly(policy);
        ack(SCOPE);
        assertThat(sent()).containsExactly("SCOPE 10.0.0.1:80@1");
        ack(SCOPE);
        assertThat(scopes).extracting(Holding::state).containsExactly(State.CURRENT);
    }

    @Test
    void scopes_of_a_new_stream_come_after_its_listeners() {
        mesh.put(
                served(CLUSTER, "passthrough", "2"),
                served(LISTENER, "outbound", "2", key(CLUSTER, "passthrough")),
                served(SCOPE, "10.0.0.1:80", "2"));
        reconnect(CLUSTER, Map.of("passthrough", "1"));
        reconnect(LISTENER, Map.of("outbound", "1"));
        reconnect(SCOPE, Map.of("10.0.0.1:80", "1"));
        assertThat(sent()).containsExactly("CLUSTER passthrough@2");
        ack(CLUSTER);
        assertThat(sent()).containsExactly("LISTENER outbound@2", "SCOPE 10.0.0.1:80@2");
    }

    @Test
    void clusters_of_a_new_stream_stay_until_its_routes_are_known() {
        reconnect(CLUSTER, Map.of("passthrough", "1", "shop/a:80", "1", "shop/old:80", "1"));
        assertThat(sent()).isEmpty();
        mesh.put(served(ROUTE, "shop/a:80", "2", key(CLUSTER, "shop/a:80")));
        reconnect(ROUTE, Map.of("shop/a:80", "1"), "shop/a:80");
        assertThat(sent()).as("version 1 may use any of them").containsExactly("ROUTE shop/a:80@2");
        ack(ROUTE);
        assertThat(sent()).containsExactly("CLUSTER -shop/old:80");
    }

    @Test
    void an_acknowledgement_of_nothing_is_ignored() {
        start();
        assertThat(proxy.take(new Request(SCOPE, List.of(), List.of(), Map.of(), "none such", null), 1))
                .contains(new Verdict.Unknown());
        assertThat(sent()).isEmpty();
    }

    /** The static part, acknowledged. */
    private void start() {
        Stream.of(CLUSTER, LISTENER, SCOPE).forEach(type -> {
            subscribe(type);
            sent();
            ack();
        });
    }

    private void startWithRoute() {
        start();
        subscribe(ROUTE, "shop/a:80");
        sent();
        subscribe(ENDPOINTS, "shop/a:80");
        sent();
        ack();
        sent();
        ack();
    }

    private final List<Response> unanswered = new ArrayList<>();

    private void subscribe(ResourceType type, String... names) {
        proxy.take(new Request(type, List.of(names), List.of(), Map.of(), "", null), 1);
    }

    private void unsubscribe(ResourceType type, String... names) {
        proxy.take(new Request(type, List.of(), List.of(names), Map.of(), "", null), 1);
    }

    private void reconnect(ResourceType type, Map<String, String> versions, String... names) {
        proxy.take(new Request(type, List.of(names), List.of(), versions, "", null), 1);
    }

    /** All that can be sent now, one line per response. */
    private List<String> sent() {
        var lines = new ArrayList<String>();
        for (var next = proxy.next(); next.isPresent(); next = proxy.next()) {
            var response = next.get();
            unanswered.add(response);
            var names = Stream.concat(
                    response.resources().stream()
                            .map(each -> each.key().name() + "@" + each.version())
                            .sorted(),
                    response.removed().stream().map(name -> "-" + name).sorted());
            lines.add(Stream.concat(Stream.of(response.type().name()), names)
                    .reduce((a, b) -> a + " " + b)
                    .orElseThrow());
        }
        return lines;
    }

    private void ack(ResourceType... types) {
        var wanted = types.length == 0 ? List.of(ResourceType.values()) : List.of(types);
        List.copyOf(unanswered).stream()
                .filter(response -> wanted.contains(response.type()))
                .forEach(response -> answer(response, null));
    }

    private void nack(ResourceType type, String error) {
        List.copyOf(unanswered).stream()
                .filter(response -> response.type() == type)
                .forEach(response -> answer(response, error));
    }

    private void ackFirst(ResourceType type) {
        answer(first(type), null);
    }

    private void nackFirst(ResourceType type, String error) {
        answer(first(type), error);
    }

    private Response first(ResourceType type) {
        return unanswered.stream()
                .filter(response -> response.type() == type)
                .findFirst()
                .orElseThrow();
    }

    private void answer(Response response, @Nullable String error) {
        unanswered.remove(response);
        proxy.take(new Request(response.type(), List.of(), List.of(), Map.of(), response.nonce(), error), 1);
    }
}
