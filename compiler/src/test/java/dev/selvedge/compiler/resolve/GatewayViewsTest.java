// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static dev.selvedge.compiler.Fixtures.gateway;
import static dev.selvedge.compiler.Fixtures.header;
import static dev.selvedge.compiler.Fixtures.httpBackend;
import static dev.selvedge.compiler.Fixtures.httpRoute;
import static dev.selvedge.compiler.Fixtures.httpRule;
import static dev.selvedge.compiler.Fixtures.meta;
import static dev.selvedge.compiler.Fixtures.path;
import static dev.selvedge.compiler.Fixtures.port;
import static dev.selvedge.compiler.Fixtures.service;
import static dev.selvedge.compiler.Fixtures.shop;
import static dev.selvedge.compiler.Fixtures.shopWith;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.Fixtures;
import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.model.GatewayView;
import dev.selvedge.compiler.model.GatewayView.VirtualHost;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.ServiceView.Backend;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.Gateway.AllowedNamespaces;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.LabelSelector;
import dev.selvedge.compiler.snapshot.Namespace;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Match;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class GatewayViewsTest {
    private static final Service STORE = service("store", "10.96.0.1", port(80, "http"));
    private static final Gateway EDGE = gateway("edge", listener("web", 80, ""));
    private static final Backend TO_STORE =
            new Backend.Endpoints(new ClusterName(shop("store"), 80, Optional.empty()), 1);

    @Test
    void a_route_serves_at_its_gateway() {
        var timeouts = new TrafficPolicy.Timeouts(
                Optional.of(Duration.ofSeconds(10)), Optional.of(Duration.ofSeconds(3)), Optional.empty());
        var route = httpRoute(
                "store",
                1,
                "edge",
                List.of(),
                new HttpRoute.Rule(List.of(), List.of(httpBackend("store", 80)), Optional.of(timeouts), List.of()));

        assertThat(view(EDGE, STORE, route))
                .isEqualTo(new GatewayView(
                        shop("edge"),
                        List.of(new GatewayView.Port(
                                80,
                                List.of(new VirtualHost(
                                        "*",
                                        List.of(new ServiceView.Route(
                                                "shop/store/0",
                                                List.of(path(new StringMatch.Prefix("/"))),
                                                List.of(TO_STORE),
                                                Optional.of(Duration.ofSeconds(10)),
                                                Optional.empty(),
                                                Optional.empty(),
                                                ServiceViews.retry(ServiceViews.DEFAULT_RETRIES, timeouts),
                                                List.of(),
                                                false)))),
                                new TreeSet<>(List.of(new Origin(EDGE.ref(), 1), new Origin(route.ref(), 1)))))));
    }

    @Test
    void matches_are_tried_in_the_order_of_the_gateway_api() {
        var rules = Stream.of(
                        path(new StringMatch.Prefix("/")),
                        path(new StringMatch.Regex("/a.*")),
                        path(new StringMatch.Prefix("/a")),
                        path(new StringMatch.Prefix("/abc")),
                        header("x-user", new StringMatch.Exact("alice")),
                        path(new StringMatch.Exact("/a")),
                        new Match(Optional.empty(), Optional.of("GET"), List.of(), List.of()))
                .map(match -> httpRule(List.of(match), httpBackend("store", 80)))
                .toArray(HttpRoute.Rule[]::new);

        assertThat(names(view(EDGE, STORE, httpRoute("r", 1, "edge", List.of(), rules)), "*"))
                .containsExactly("shop/r/5", "shop/r/3", "shop/r/2", "shop/r/1", "shop/r/6", "shop/r/4", "shop/r/0");
    }

    @Test
    void of_two_equal_matches_the_older_routes_wins() {
        var younger = httpRoute("a", 2, "edge", List.of(), httpRule(List.of(), httpBackend("store", 80)));
        var older = httpRoute("b", 1, "edge", List.of(), httpRule(List.of(), httpBackend("store", 80)));

        assertThat(names(view(EDGE, STORE, younger, older), "*")).containsExactly("shop/b/0", "shop/a/0");
    }

    @Test
    void a_more_specific_host_comes_first_and_falls_back_to_wider_ones() {
        var exact =
                httpRoute("exact", 2, "edge", List.of("a.com"), httpRule(List.of(path(new StringMatch.Prefix("/")))));
        var wide = httpRoute("wide", 1, "edge", List.of("*.com"), httpRule(List.of(path(new StringMatch.Exact("/x")))));

        var view = view(EDGE, exact, wide);

        assertThat(names(view, "a.com")).containsExactly("shop/exact/0", "shop/wide/0");
        assertThat(names(view, "*.com")).containsExactly("shop/wide/0");
        assertThat(names(view, "*")).isEmpty();
    }

    @Test
    void a_host_belongs_to_its_most_specific_listener_alone() {
        var edge = gateway("edge", listener("any", 80, ""), listener("a", 80, "a.com"), listener("alt", 8080, ""));
        var everywhere = httpRoute("r", 1, "edge", List.of("a.com", "b.com"), httpRule(List.of()));
        var onlyAny = new HttpRoute(
                meta("shop", "any", 1),
                List.of(new HttpRoute.Parent.ToGateway(shop("edge"), Optional.of("any"), Optional.empty())),
                List.of(),
                List.of(httpRule(List.of())));

        var view = view(edge, everywhere, onlyAny);

        assertThat(view.ports()).extracting(GatewayView.Port::port).containsExactly(80, 8080);
        assertThat(view.ports().getFirst().hosts())
                .extracting(VirtualHost::domain)
                .containsExactly("*", "a.com", "b.com");
        assertThat(names(view, "a.com")).containsExactly("shop/r/0");
        assertThat(names(view, "b.com")).containsExactly("shop/r/0", "shop/any/0");
    }

    @Test
    void routes_attach_from_the_namespaces_that_a_listener_allows() {
        var open = gateway(
                "edge",
                listener("same", 80, new AllowedNamespaces.Same()),
                listener("all", 81, new AllowedNamespaces.All()),
                listener("gold", 82, new AllowedNamespaces.Matching(LabelSelector.labels(Map.of("tier", "gold")))));
        var bank = new HttpRoute(
                meta("bank", "r", 1),
                List.of(new HttpRoute.Parent.ToGateway(shop("edge"), Optional.empty(), Optional.empty())),
                List.of(),
                List.of(httpRule(List.of())));

        assertThat(portsWithRoutes(view(open, bank, new Namespace("bank", Map.of()))))
                .containsExactly(81);
        assertThat(portsWithRoutes(view(open, bank, new Namespace("bank", Map.of("tier", "gold")))))
                .containsExactly(81, 82);
    }

    @Test
    void a_reference_that_leads_nowhere_keeps_its_share() {
        var elsewhere = new HttpRoute.Backend("/Service", new ObjectName("bank", "vault"), Optional.of(80), 2);
        var bucket = new HttpRoute.Backend("storage/Bucket", shop("b"), Optional.of(80), 1);
        var route = httpRoute(
                "r",
                1,
                "edge",
                List.of(),
                httpRule(
                        List.of(),
                        httpBackend("store", 80),
                        httpBackend("store", 81),
                        httpBackend("gone", 80),
                        elsewhere,
                        bucket));

        assertThat(routes(view(EDGE, STORE, route), "*").getFirst().backends())
                .containsExactly(
                        TO_STORE,
                        new Backend.Invalid(1, "Service shop/store has no port 81"),
                        new Backend.Invalid(1, "Service shop/gone does not exist"),
                        new Backend.Invalid(
                                2,
                                "Service bank/vault is in another namespace, and no ReferenceGrant there allows"
                                        + " HTTPRoutes of namespace shop to refer to it"),
                        new Backend.Invalid(1, "storage/Bucket is not supported, use a Service"));
    }

    @Test
    void a_rule_that_cannot_be_honoured_answers_500_and_a_match_that_cannot_be_used_is_left_out() {
        var mirror = new HttpRoute.Rule(
                List.of(), List.of(httpBackend("store", 80)), Optional.empty(), List.of("filters[0] (RequestMirror)"));
        var regex = httpRule(
                List.of(path(new StringMatch.Regex("(")), path(new StringMatch.Exact("/ok"))),
                httpBackend("store", 80));

        var routes = routes(view(EDGE, STORE, httpRoute("r", 1, "edge", List.of(), mirror, regex)), "*");

        assertThat(routes).hasSize(2);
        assertThat(routes.get(0).matches()).containsExactly(path(new StringMatch.Exact("/ok")));
        assertThat(routes.get(1).backends())
                .containsExactly(new Backend.Invalid(1, "not supported: filters[0] (RequestMirror)"));
    }

    @Test
    void listeners_of_other_protocols_and_ports_of_the_proxy_are_not_served() {
        var edge = gateway(
                "edge",
                new Gateway.Listener("tls", 443, "HTTPS", Optional.empty(), new AllowedNamespaces.All()),
                listener("own", 15021, ""),
                listener("web", 80, ""));

        assertThat(view(edge).ports()).extracting(GatewayView.Port::port).containsExactly(80);
    }

    private static Gateway.Listener listener(String name, int port, AllowedNamespaces allowed) {
        return new Gateway.Listener(name, port, "HTTP", Optional.empty(), allowed);
    }

    private static Gateway.Listener listener(String name, int port, String hostname) {
        return Fixtures.listener(name, port, hostname);
    }

    private static GatewayView view(SnapshotObject... objects) {
        var reads = shopWith(objects);
        return GatewayViews.resolve(reads, service -> ServiceTraffic.of(reads, service), shop("edge"))
                .orElseThrow();
    }

    private static List<ServiceView.Route> routes(GatewayView view, String domain) {
        return view.ports().getFirst().hosts().stream()
                .filter(host -> host.domain().equals(domain))
                .findFirst()
                .orElseThrow()
                .routes();
    }

    private static List<String> names(GatewayView view, String domain) {
        return routes(view, domain).stream().map(ServiceView.Route::name).toList();
    }

    private static List<Integer> portsWithRoutes(GatewayView view) {
        var ports = new ArrayList<Integer>();
        for (var port : view.ports()) {
            if (port.hosts().stream().anyMatch(host -> !host.routes().isEmpty())) {
                ports.add(port.port());
            }
        }
        return ports;
    }
}
