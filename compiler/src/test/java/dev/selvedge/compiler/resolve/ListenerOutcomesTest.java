// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static dev.selvedge.compiler.Fixtures.gateway;
import static dev.selvedge.compiler.Fixtures.httpRoute;
import static dev.selvedge.compiler.Fixtures.httpRule;
import static dev.selvedge.compiler.Fixtures.listener;
import static dev.selvedge.compiler.Fixtures.meta;
import static dev.selvedge.compiler.Fixtures.reads;
import static dev.selvedge.compiler.Fixtures.shop;
import static dev.selvedge.compiler.Fixtures.shopWith;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.diagnostic.Condition;
import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Condition.Type;
import dev.selvedge.compiler.diagnostic.ListenerOutcome;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ListenerOutcomesTest {
    private static final String HTTP_ROUTE = "gateway.networking.k8s.io/HTTPRoute";
    private static final String GRPC_ROUTE = "gateway.networking.k8s.io/GRPCRoute";
    private static final Condition RESOLVED =
            new Condition(Type.RESOLVED_REFS, true, Reason.RESOLVED_REFS, "All references lead somewhere.");
    private static final Condition NO_CONFLICT =
            new Condition(Type.CONFLICTED, false, Reason.NO_CONFLICTS, "No other listener is in its way.");

    @Test
    void a_listener_that_is_served_takes_routes_of_both_kinds() {
        var gateway = gateway("edge", listener("web", 80, ""));

        assertThat(listeners(gateway))
                .containsExactly(new ListenerOutcome(
                        "web",
                        List.of(accepted("The listener is served."), RESOLVED, NO_CONFLICT),
                        List.of(HTTP_ROUTE, GRPC_ROUTE),
                        0));
    }

    @Test
    void one_that_is_not_served_says_why() {
        var gateway = gateway(
                "edge",
                listener("reserved", 15021, ""),
                new Gateway.Listener("tls", 443, "HTTPS", Optional.empty(), new Gateway.AllowedNamespaces.All()),
                listener("one", 80, "a.com"),
                listener("two", 80, "a.com"));
        var conflict = "listener one has the same port and hostname.";

        assertThat(listeners(gateway))
                .extracting(ListenerOutcome::conditions)
                .containsExactly(
                        List.of(
                                refused(
                                        Reason.PORT_UNAVAILABLE,
                                        "Not served: port 15021 belongs to the proxy, use one outside 15000 to"
                                                + " 15199."),
                                RESOLVED,
                                NO_CONFLICT),
                        List.of(
                                refused(
                                        Reason.UNSUPPORTED_PROTOCOL,
                                        "Not served: protocol HTTPS is not supported yet, use HTTP."),
                                RESOLVED,
                                NO_CONFLICT),
                        List.of(accepted("The listener is served."), RESOLVED, NO_CONFLICT),
                        List.of(
                                refused(Reason.HOSTNAME_CONFLICT, "Not served: " + conflict),
                                RESOLVED,
                                new Condition(Type.CONFLICTED, true, Reason.HOSTNAME_CONFLICT, conflict)));
        assertThat(listeners(gateway).get(1).kinds()).isEmpty();
    }

    @Test
    void one_that_names_kinds_takes_those_alone() {
        var gateway = gateway(
                "edge",
                open("grpc", 80, GRPC_ROUTE),
                open("tcp", 81, "gateway.networking.k8s.io/TCPRoute"),
                open("both", 82, HTTP_ROUTE, "example.com/HTTPRoute"));
        var route = httpRoute("r", 1, "edge", List.of(), httpRule(List.of()));

        var listeners = listeners(gateway, route);

        assertThat(listeners)
                .extracting(ListenerOutcome::kinds)
                .containsExactly(List.of(GRPC_ROUTE), List.of(), List.of(HTTP_ROUTE));
        assertThat(listeners).extracting(ListenerOutcome::attachedRoutes).containsExactly(0, 0, 1);
        assertThat(listeners)
                .extracting(listener -> listener.conditions().get(1))
                .containsExactly(
                        RESOLVED,
                        unresolved("allowedRoutes.kinds: \"gateway.networking.k8s.io/TCPRoute\": no such route can"
                                + " attach here; name HTTPRoute or GRPCRoute, with protocol HTTP."),
                        unresolved("allowedRoutes.kinds: \"example.com/HTTPRoute\": no such route can attach here;"
                                + " name HTTPRoute or GRPCRoute, with protocol HTTP."));
    }

    @Test
    void each_accepted_route_that_is_attached_counts_once() {
        var gateway = gateway(
                "edge",
                listener("a", 80, "a.com"),
                listener("b", 80, "b.com"),
                new Gateway.Listener("own", 81, "HTTP", Optional.empty(), new Gateway.AllowedNamespaces.Same()));
        var whole = new HttpRoute.Parent.ToGateway(shop("edge"), Optional.empty(), Optional.empty());
        var section = new HttpRoute.Parent.ToGateway(shop("edge"), Optional.of("a"), Optional.empty());
        var twice = new HttpRoute(meta("shop", "t", 1), List.of(whole, section), List.of("a.com"), List.of());
        var foreign = new HttpRoute(meta("bank", "f", 1), List.of(whole), List.of(), List.of());
        var refused = httpRoute("x", 1, "edge", List.of("c.com"), httpRule(List.of()));
        var half = httpRoute(
                "h",
                1,
                "edge",
                List.of(),
                new HttpRoute.Rule(List.of(), List.of(), Optional.empty(), List.of("filters[0]")));

        assertThat(listeners(gateway, twice, foreign, half))
                .extracting(ListenerOutcome::attachedRoutes)
                .containsExactly(2, 1, 1);
        assertThat(listeners(
                        gateway("edge", listener("a", 80, "a.com"), listener("reserved", 15021, "")), twice, refused))
                .extracting(ListenerOutcome::attachedRoutes)
                .as("also at one that is not served")
                .containsExactly(1, 1);
    }

    @Test
    void without_a_mesh_none_is_served() {
        var gateway = gateway("edge", listener("web", 80, ""));

        assertThat(listeners(reads(gateway), gateway))
                .extracting(listener -> listener.conditions().getFirst().reason())
                .containsExactly(Reason.NO_MESH);
    }

    private static Gateway.Listener open(String name, int port, String... kinds) {
        return new Gateway.Listener(
                name, port, "HTTP", Optional.empty(), new Gateway.AllowedNamespaces.All(), List.of(kinds));
    }

    private static List<ListenerOutcome> listeners(Gateway gateway, HttpRoute... routes) {
        var objects = Stream.concat(Stream.of(gateway), Stream.of(routes)).toArray(SnapshotObject[]::new);
        return listeners(shopWith(objects), gateway);
    }

    private static List<ListenerOutcome> listeners(Reads reads, Gateway gateway) {
        return ListenerOutcomes.of(reads, route -> ofRoute(reads, route), gateway);
    }

    private static Optional<Outcome> ofRoute(Reads reads, ObjectRef route) {
        return Outcomes.of(reads, service -> ServiceTraffic.of(reads, service), _ -> Optional.empty(), route);
    }

    private static Condition accepted(String message) {
        return new Condition(Type.ACCEPTED, true, Reason.ACCEPTED, message);
    }

    private static Condition refused(Reason reason, String message) {
        return new Condition(Type.ACCEPTED, false, reason, message);
    }

    private static Condition unresolved(String message) {
        return new Condition(Type.RESOLVED_REFS, false, Reason.INVALID_ROUTE_KINDS, message);
    }
}
