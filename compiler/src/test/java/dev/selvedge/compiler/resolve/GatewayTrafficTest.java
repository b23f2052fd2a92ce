// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static dev.selvedge.compiler.Fixtures.gateway;
import static dev.selvedge.compiler.Fixtures.header;
import static dev.selvedge.compiler.Fixtures.httpRoute;
import static dev.selvedge.compiler.Fixtures.listener;
import static dev.selvedge.compiler.Fixtures.path;
import static dev.selvedge.compiler.Fixtures.port;
import static dev.selvedge.compiler.Fixtures.retries;
import static dev.selvedge.compiler.Fixtures.route;
import static dev.selvedge.compiler.Fixtures.routeOf;
import static dev.selvedge.compiler.Fixtures.service;
import static dev.selvedge.compiler.Fixtures.shop;
import static dev.selvedge.compiler.Fixtures.shopWith;
import static dev.selvedge.compiler.Fixtures.subset;
import static dev.selvedge.compiler.Fixtures.timeouts;
import static dev.selvedge.compiler.Fixtures.trafficPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.ServiceView.Backend;
import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Timeouts;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the TrafficPolicies of a Service do to requests that come through a gateway, and what they say of it. */
final class GatewayTrafficTest {
    private static final Service STORE = service("store", "10.96.0.1", port(80, "http"));
    private static final Service STOCK = service("stock", "10.96.0.2", port(80, "http"));
    private static final Gateway EDGE = gateway("edge", listener("web", 80, ""));
    private static final TrafficPolicy.Route TESTERS =
            route("testers", List.of(header("x-user", new StringMatch.Exact("alice"))), subset("v2", 1));
    private static final TrafficPolicy.Route REST = route("rest", List.of(), subset("v1", 9), subset("v2", 1));

    @Test
    void limits_and_retries_of_the_policy_apply() {
        var policy = trafficPolicy("p", "store")
                .timeouts(timeouts(10, 3))
                .retries(retries(1))
                .build();

        var route = only(policy, to(Optional.empty(), backend("store", 1)));

        assertThat(route.requestTimeout()).contains(Duration.ofSeconds(10));
        assertThat(route.retry().attempts()).isEqualTo(1);
        assertThat(route.retry().perTryTimeout()).contains(Duration.ofSeconds(3));
    }

    @Test
    void the_http_route_wins_field_by_field_and_the_policy_says_so() {
        var policy = trafficPolicy("p", "store").timeouts(timeouts(10, 3)).build();
        var own = new Timeouts(Optional.of(Duration.ofSeconds(20)), Optional.empty(), Optional.empty());
        var rule = to(Optional.of(own), backend("store", 1));

        assertThat(only(policy, rule).requestTimeout()).contains(Duration.ofSeconds(20));
        assertThat(only(policy, rule).retry().perTryTimeout()).contains(Duration.ofSeconds(3));
        assertThat(accepted(policy, rule))
                .isEqualTo("In force for Service shop/store. HTTPRoute shop/r (spec.rules[0]) decides"
                        + " timeouts.request for requests through its gateway.");
    }

    @Test
    void the_route_for_every_request_divides_the_share_and_routes_with_matches_do_not_apply() {
        var policy = trafficPolicy("p", "store")
                .version("v1")
                .version("v2")
                .routes(TESTERS, REST)
                .build();
        var rule = to(Optional.empty(), backend("store", 1), backend("stock", 3));

        assertThat(shares(only(policy, rule)))
                .containsExactly("9 shop/store:80/v1", "1 shop/store:80/v2", "30 shop/stock:80");
        assertThat(accepted(policy, rule))
                .isEqualTo("In force for Service shop/store. Requests through a gateway (HTTPRoute shop/r) are not"
                        + " matched against spec.routes; of those for a port, the first without matches divides what"
                        + " the gateway sends to Service shop/store.");
    }

    @Test
    void the_routes_of_the_port_that_is_called_hold() {
        var mine = new TrafficPolicy.Route(
                "mine", List.of(), List.of(subset("v2", 1)), Optional.of(timeouts(7, 2)), Optional.empty());
        var policy = trafficPolicy("p", "store")
                .version("v1")
                .version("v2")
                .routes(routeOf(81, TESTERS), routeOf(81, "others", subset("v1", 1)), routeOf(80, mine))
                .build();
        var rule = to(Optional.of(timeouts(20, 5)), backend("store", 1));

        assertThat(shares(only(policy, rule))).containsExactly("1 shop/store:80/v2");
        assertThat(only(policy, to(Optional.empty(), backend("store", 1))).requestTimeout())
                .contains(Duration.ofSeconds(7));
        assertThat(accepted(policy, rule))
                .isEqualTo("In force for Service shop/store. HTTPRoute shop/r (spec.rules[0]) decides"
                        + " timeouts.request, timeouts.perTry for requests through its gateway.");
    }

    @Test
    void the_route_for_every_request_brings_its_own_limits() {
        var rest = new TrafficPolicy.Route(
                "rest", List.of(), List.of(), Optional.of(timeouts(7, 2)), Optional.of(retries(1)));
        var policy = trafficPolicy("p", "store")
                .timeouts(timeouts(10, 3))
                .routes(TESTERS, rest)
                .build();

        var route = only(policy, to(Optional.empty(), backend("store", 1)));

        assertThat(route.requestTimeout()).contains(Duration.ofSeconds(7));
        assertThat(route.retry().attempts()).isEqualTo(1);
        assertThat(shares(route)).containsExactly("1 shop/store:80");
    }

    @Test
    void services_of_one_rule_that_want_different_limits_get_none_and_the_policy_says_so() {
        var policy = trafficPolicy("p", "store").timeouts(timeouts(10, 3)).build();
        var rule = to(Optional.empty(), backend("store", 1), backend("stock", 1));

        assertThat(only(policy, rule).requestTimeout()).isEmpty();
        assertThat(accepted(policy, rule))
                .isEqualTo("In force for Service shop/store. HTTPRoute shop/r (spec.rules[0]) leads to Services that"
                        + " want different timeouts.request, timeouts.perTry, so requests through its gateway get none"
                        + " of them.");
    }

    @Test
    void a_subset_that_nobody_defines_keeps_its_share_and_answers_500() {
        var policy = trafficPolicy("p", "store").version("v1").routes(REST).build();

        assertThat(only(policy, to(Optional.empty(), backend("store", 1)))
                        .backends()
                        .get(1))
                .isEqualTo(new Backend.Invalid(1, "no TrafficPolicy defines subset v2 of Service shop/store"));
    }

    @Test
    void a_port_that_is_passed_through_is_not_divided() {
        var policy = trafficPolicy("p", "store")
                .port(80, TrafficPolicy.Protocol.TCP)
                .version("v1")
                .version("v2")
                .routes(REST)
                .build();

        assertThat(shares(only(policy, to(Optional.empty(), backend("store", 1)))))
                .containsExactly("1 shop/store:80");
    }

    @Test
    void the_policy_is_among_what_shaped_the_gateway() {
        var policy = trafficPolicy("p", "store").timeouts(timeouts(10, 3)).build();
        var reads = shopWith(STORE, STOCK, EDGE, attached(to(Optional.empty(), backend("store", 1))), policy);

        assertThat(GatewayViews.resolve(reads, service -> ServiceTraffic.of(reads, service), shop("edge"))
                        .orElseThrow()
                        .ports()
                        .getFirst()
                        .origins())
                .contains(new Origin(policy.ref(), 1));
    }

    @Test
    void without_a_route_of_a_gateway_there_is_nothing_to_say() {
        var policy = trafficPolicy("p", "store").version("v2").routes(TESTERS).build();
        var elsewhere = to(Optional.empty(), backend("stock", 1));
        var refused = httpRoute(
                "r",
                1,
                "edge",
                List.of(),
                new HttpRoute.Rule(List.of(path(new StringMatch.Exact("/x"))), List.of(), Optional.empty(), List.of()));

        assertThat(accepted(policy, elsewhere)).isEqualTo("In force for Service shop/store.");
        assertThat(message(policy, STORE, EDGE, refused)).isEqualTo("In force for Service shop/store.");
    }

    private static HttpRoute.Rule to(Optional<Timeouts> timeouts, HttpRoute.Backend... backends) {
        return new HttpRoute.Rule(List.of(), List.of(backends), timeouts, List.of());
    }

    private static HttpRoute.Backend backend(String service, int weight) {
        return new HttpRoute.Backend(HttpRoute.SERVICE, shop(service), Optional.of(80), weight);
    }

    private static HttpRoute attached(HttpRoute.Rule rule) {
        return httpRoute("r", 1, "edge", List.of(), rule);
    }

    private static ServiceView.Route only(TrafficPolicy policy, HttpRoute.Rule rule) {
        var reads = shopWith(STORE, STOCK, EDGE, attached(rule), policy);
        var routes = HttpRoutes.routes(
                reads, service -> ServiceTraffic.of(reads, service), attached(rule), Optional.empty());
        assertThat(routes).hasSize(1);
        return routes.getFirst();
    }

    private static String accepted(TrafficPolicy policy, HttpRoute.Rule rule) {
        return message(policy, STORE, STOCK, EDGE, attached(rule));
    }

    private static String message(TrafficPolicy policy, SnapshotObject... others) {
        var reads =
                shopWith(Stream.concat(Stream.of(policy), Arrays.stream(others)).toArray(SnapshotObject[]::new));
        return Outcomes.of(reads, service -> ServiceTraffic.of(reads, service), _ -> Optional.empty(), policy.ref())
                .orElseThrow()
                .conditions()
                .getFirst()
                .message();
    }

    private static List<String> shares(ServiceView.Route route) {
        return route.backends().stream()
                .map(backend -> switch (backend) {
                    case Backend.Endpoints(var cluster, var weight, var _) -> weight + " " + cluster;
                    case Backend.Invalid(var weight, var message) -> weight + " " + message;
                })
                .toList();
    }
}
