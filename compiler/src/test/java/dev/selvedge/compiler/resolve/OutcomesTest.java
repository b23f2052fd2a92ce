// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static dev.selvedge.compiler.Fixtures.MEMBER;
import static dev.selvedge.compiler.Fixtures.allow;
import static dev.selvedge.compiler.Fixtures.deny;
import static dev.selvedge.compiler.Fixtures.gateway;
import static dev.selvedge.compiler.Fixtures.httpBackend;
import static dev.selvedge.compiler.Fixtures.httpRoute;
import static dev.selvedge.compiler.Fixtures.httpRule;
import static dev.selvedge.compiler.Fixtures.listener;
import static dev.selvedge.compiler.Fixtures.member;
import static dev.selvedge.compiler.Fixtures.mesh;
import static dev.selvedge.compiler.Fixtures.meshCountedBy;
import static dev.selvedge.compiler.Fixtures.meta;
import static dev.selvedge.compiler.Fixtures.path;
import static dev.selvedge.compiler.Fixtures.pod;
import static dev.selvedge.compiler.Fixtures.port;
import static dev.selvedge.compiler.Fixtures.ports;
import static dev.selvedge.compiler.Fixtures.reads;
import static dev.selvedge.compiler.Fixtures.retries;
import static dev.selvedge.compiler.Fixtures.route;
import static dev.selvedge.compiler.Fixtures.routeOf;
import static dev.selvedge.compiler.Fixtures.rule;
import static dev.selvedge.compiler.Fixtures.service;
import static dev.selvedge.compiler.Fixtures.shop;
import static dev.selvedge.compiler.Fixtures.shopWith;
import static dev.selvedge.compiler.Fixtures.subset;
import static dev.selvedge.compiler.Fixtures.timeouts;
import static dev.selvedge.compiler.Fixtures.toPods;
import static dev.selvedge.compiler.Fixtures.toService;
import static dev.selvedge.compiler.Fixtures.trafficPolicy;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.diagnostic.Condition;
import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Condition.Type;
import dev.selvedge.compiler.diagnostic.Effective;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Source;
import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.LabelSelector;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Namespace;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Protocol;
import dev.selvedge.compiler.snapshot.TrustDomains;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

final class OutcomesTest {
    private static final Service REVIEWS = service("reviews", "10.96.0.1", port(80, "http"));
    private static final Condition RESOLVED =
            new Condition(Type.RESOLVED_REFS, true, Reason.RESOLVED_REFS, "All references lead somewhere.");

    @Nested
    final class OfAMesh {
        @Test
        void the_oldest_is_in_force_and_another_says_so() {
            var younger = withRanges("younger", 2, List.of());

            assertThat(of(reads(mesh(), younger), mesh()))
                    .isEqualTo(outcome(mesh(), accepted("The Mesh is in force.")));
            assertThat(of(reads(mesh(), younger), younger))
                    .isEqualTo(new Outcome(
                            younger.ref(),
                            1,
                            List.of(refused(
                                    Reason.CONFLICTED,
                                    "Mesh default is older and in force; a cluster has one mesh. Delete one of the"
                                            + " two.")),
                            List.of("Mesh default is in force")));
        }

        @Test
        void a_value_that_cannot_be_used_is_named() {
            var wrong = withRanges("default", 0, List.of("10.96.0.0"));

            assertThat(of(reads(wrong), wrong))
                    .isEqualTo(outcome(
                            wrong,
                            refused(
                                    Reason.INVALID,
                                    "spec.interception.serviceCIDRs[0]: \"10.96.0.0\": is not a range in CIDR form"
                                            + " without host bits; write it like 10.96.0.0/12. These values are not"
                                            + " used; the rest of the Mesh is in force.")));
        }

        private static Mesh withRanges(String name, int age, List<String> ranges) {
            return new Mesh(
                    meta("", name, age),
                    TrustDomains.of("cluster.local"),
                    LabelSelector.labels(MEMBER),
                    Mesh.MtlsMode.STRICT,
                    Mesh.EgressMode.ALLOW,
                    Mesh.AuthorizationDefault.ALLOW,
                    ranges);
        }
    }

    @Nested
    final class OfATrafficPolicy {
        @Test
        void in_force() {
            var policy = trafficPolicy("p", "reviews").retries(retries(1)).build();

            assertThat(of(shopWith(REVIEWS, policy), policy))
                    .isEqualTo(outcome(policy, accepted("In force for Service shop/reviews."), RESOLVED));
        }

        @Test
        void invalid() {
            var policy = trafficPolicy("p", "reviews")
                    .routes(route("r", List.of(path(new StringMatch.Regex("(")))))
                    .build();

            assertThat(of(shopWith(REVIEWS, policy), policy))
                    .isEqualTo(outcome(
                            policy,
                            refused(
                                    Reason.INVALID,
                                    "spec.routes[0].matches[0].path.value: \"(\": is not an RE2 regular expression:"
                                            + " missing closing ); correct it; RE2 has no backreferences and no"
                                            + " lookaround. Nothing of this policy is applied."),
                            RESOLVED));
        }

        @Test
        void without_a_target() {
            var policy = trafficPolicy("p", "nothing").retries(retries(1)).build();

            assertThat(of(shopWith(REVIEWS, policy), policy))
                    .isEqualTo(outcome(
                            policy,
                            refused(
                                    Reason.TARGET_NOT_FOUND,
                                    "None of its targets exists, so this has no effect. It applies as soon as one"
                                            + " does."),
                            unresolved(Reason.TARGET_NOT_FOUND, "Service shop/nothing does not exist.")));
        }

        @Test
        void with_one_target_of_two() {
            var policy =
                    trafficPolicy("p", "reviews", "nothing").retries(retries(1)).build();

            assertThat(of(shopWith(REVIEWS, policy), policy))
                    .isEqualTo(outcome(
                            policy,
                            accepted("In force for Service shop/reviews."),
                            unresolved(Reason.TARGET_NOT_FOUND, "Service shop/nothing does not exist.")));
        }

        @Test
        void in_conflict_with_an_older_one() {
            var older =
                    trafficPolicy("older", "reviews").age(1).retries(retries(1)).build();
            var younger = trafficPolicy("younger", "reviews")
                    .age(2)
                    .retries(retries(2))
                    .build();

            assertThat(of(shopWith(REVIEWS, older, younger), younger))
                    .isEqualTo(new Outcome(
                                    younger.ref(),
                                    1,
                                    List.of(
                                            refused(
                                                    Reason.CONFLICTED,
                                                    "TrafficPolicy shop/older decides spec.retries of Service shop/reviews. The"
                                                            + " oldest policy wins; the rest of this one applies."),
                                            RESOLVED),
                                    List.of("TrafficPolicy shop/older decides spec.retries of Service shop/reviews"))
                            .inForce(List.of(new Effective(shop("reviews"), "spec.retries", shop("older")))));
            assertThat(of(shopWith(REVIEWS, older, younger), older))
                    .as("nobody else decides anything")
                    .isEqualTo(outcome(older, accepted("In force for Service shop/reviews."), RESOLVED));
        }

        @Test
        void with_a_global_rate_limit_that_nobody_counts() {
            var limit = new RateLimit(
                    "all",
                    List.of(),
                    RateLimit.Scope.GLOBAL,
                    List.of(),
                    1,
                    Duration.ofMinutes(1),
                    Optional.empty(),
                    RateLimit.Mode.ENFORCE);
            var policy = trafficPolicy("p", "reviews").rateLimits(limit).build();

            assertThat(of(shopWith(REVIEWS, policy), policy).conditions())
                    .contains(unresolved(
                            Reason.BACKEND_NOT_FOUND,
                            "Rate limit all has scope Global, and nobody counts for it; set spec.rateLimitService of the"
                                    + " Mesh."));
            assertThat(of(reads(meshCountedBy(shop("gone")), member("shop"), REVIEWS, policy), policy)
                            .conditions())
                    .contains(unresolved(
                            Reason.BACKEND_NOT_FOUND,
                            "Service shop/gone, which counts for rate limit all, does not exist."));
            assertThat(of(reads(meshCountedBy(shop("reviews")), member("shop"), REVIEWS, policy), policy)
                            .conditions())
                    .contains(RESOLVED);
        }

        @Test
        void beside_others_it_tells_who_decides_each_field() {
            var one = trafficPolicy("one", "reviews").age(1).retries(retries(1)).build();
            var other = trafficPolicy("other", "reviews")
                    .age(2)
                    .timeouts(timeouts(3, 1))
                    .build();
            var effective = List.of(
                    new Effective(shop("reviews"), "spec.retries", shop("one")),
                    new Effective(shop("reviews"), "spec.timeouts.perTry", shop("other")),
                    new Effective(shop("reviews"), "spec.timeouts.request", shop("other")));

            assertThat(of(shopWith(REVIEWS, one, other), one).effective()).isEqualTo(effective);
            assertThat(of(shopWith(REVIEWS, one, other), other).effective()).isEqualTo(effective);
        }

        @Test
        void with_a_port_and_a_subset_that_do_not_exist() {
            var policy = trafficPolicy("p", "reviews")
                    .port(81, Protocol.TCP)
                    .routes(route("r", List.of(), subset("v9", 1)))
                    .build();

            assertThat(of(shopWith(REVIEWS, policy), policy))
                    .isEqualTo(outcome(
                            policy,
                            accepted("In force for Service shop/reviews."),
                            unresolved(
                                    Reason.BACKEND_NOT_FOUND,
                                    "Service shop/reviews has no port 81. No TrafficPolicy defines subset v9 of Service"
                                            + " shop/reviews, so its share is answered with 500.")));
        }

        @Test
        void with_a_route_for_a_port_that_no_target_has() {
            var policy = trafficPolicy("p", "reviews")
                    .routes(routeOf(81, "r"), route("rest", List.of()))
                    .build();

            assertThat(of(shopWith(REVIEWS, policy), policy))
                    .isEqualTo(outcome(
                            policy,
                            accepted("In force for Service shop/reviews."),
                            unresolved(Reason.BACKEND_NOT_FOUND, "Service shop/reviews has no port 81.")));
        }

        @Test
        void with_a_route_to_which_the_others_leave_no_port() {
            var policy = trafficPolicy("p", "reviews")
                    .routes(routeOf(80, "r"), route("rest", List.of()))
                    .build();
            var two = service("reviews", "10.96.0.1", port(80, "http"), port(81, "other"));

            assertThat(accepted(of(shopWith(REVIEWS, policy), policy)).message())
                    .isEqualTo("In force for Service shop/reviews. Route rest does nothing at Service shop/reviews, all"
                            + " ports of which earlier routes without matches take.");
            assertThat(accepted(of(shopWith(two, policy), policy)).message())
                    .isEqualTo("In force for Service shop/reviews.");
        }

        @Test
        void with_matches_for_ports_that_are_passed_through() {
            var some = route("some", List.of(path(new StringMatch.Prefix("/a"))));
            var service = service("reviews", "10.96.0.1", port(80, "http"), tcp(3306), tcp(5432), tcp(6379));

            assertThat(accepted(ofRoutes(service, routeOf(80, some))).message())
                    .isEqualTo("In force for Service shop/reviews.");
            assertThat(accepted(ofRoutes(service, routeOf(3306, some), routeOf(6379, route("b", some.matches()))))
                            .message())
                    .isEqualTo(
                            "In force for Service shop/reviews. spec.routes match HTTP requests; of those for a port,"
                                    + " the first without matches divides the connections to port 3306, 6379 of Service"
                                    + " shop/reviews.");
        }

        @Test
        void beside_a_route_of_the_gateway_api_at_one_port() {
            var two = service("reviews", "10.96.0.1", port(80, "http"), port(81, "http-other"));
            var attached = new HttpRoute(
                    meta("shop", "h", 1),
                    List.of(new HttpRoute.Parent.ToService(shop("reviews"), Optional.of(81))),
                    List.of(),
                    List.of(httpRule(List.of(), httpBackend("reviews", 81))));
            var here = trafficPolicy("p", "reviews").routes(routeOf(81, "r")).build();
            var elsewhere =
                    trafficPolicy("p", "reviews").routes(routeOf(80, "r")).build();

            assertThat(of(shopWith(two, attached, here), here).overriddenBy())
                    .containsExactly("HTTPRoute shop/h decides spec.routes of Service shop/reviews");
            assertThat(of(shopWith(two, attached, elsewhere), elsewhere).overriddenBy())
                    .isEmpty();
        }

        private static Service.Port tcp(int port) {
            return new Service.Port("tcp-" + port, port, Optional.of("tcp"));
        }

        private static Outcome ofRoutes(Service service, TrafficPolicy.Route... routes) {
            var policy = trafficPolicy("p", "reviews").routes(routes).build();
            return of(shopWith(service, policy), policy);
        }

        @Test
        void outside_the_mesh() {
            var policy = trafficPolicy("p", "reviews").retries(retries(1)).build();

            assertThat(accepted(of(reads(mesh(), new Namespace("shop", Map.of()), REVIEWS, policy), policy)))
                    .isEqualTo(refused(
                            Reason.NOT_A_MEMBER,
                            "Namespace shop does not belong to the mesh, so this has no effect. Label it as"
                                    + " spec.members.namespaceSelector of the Mesh says."));
            assertThat(accepted(of(reads(member("shop"), REVIEWS, policy), policy)))
                    .isEqualTo(refused(Reason.NO_MESH, "There is no Mesh, so this has no effect. Create one."));
        }
    }

    @Nested
    final class OfAnAuthorizationPolicy {
        @Test
        void that_allows_nobody_says_so() {
            var policy = allow("p", toService("reviews"));

            assertThat(of(shopWith(REVIEWS, policy), policy))
                    .isEqualTo(outcome(
                            policy,
                            new Condition(
                                    Type.ACCEPTED,
                                    true,
                                    Reason.ALLOWS_NOBODY,
                                    "In force. It has no rules, so it allows nobody to call its targets."),
                            RESOLVED));
        }

        @Test
        void with_a_mistake_says_what_is_denied_meanwhile() {
            var bad = rule("r", List.of(new Source(List.of(), List.of(), List.of("10.0.0.1"))));
            var deny = deny("d", toService("reviews"), bad);
            var allow = allow("a", toService("reviews"), bad);
            var mistake = "spec.rules[0].from[0].ipBlocks[0]: \"10.0.0.1\": is not a range in CIDR form without host"
                    + " bits; write it like 10.1.0.0/16 or 10.1.2.3/32. ";

            assertThat(accepted(of(shopWith(REVIEWS, deny), deny)))
                    .isEqualTo(refused(
                            Reason.INVALID, mistake + "Until this is corrected, every call to its targets is denied."));
            assertThat(accepted(of(shopWith(REVIEWS, allow), allow)))
                    .isEqualTo(refused(
                            Reason.INVALID, mistake + "Until this is corrected, a rule with a mistake allows nobody."));
        }

        @Test
        void that_protects_nothing_says_so() {
            var noService = deny("d", toService("nothing"), rule("r", List.of()));
            var noPod = deny("e", toPods(Map.of("app", "nothing")), rule("r", List.of()));
            var reads = shopWith(noService, noPod, pod("reviews", "v1", "10.0.0.1"));

            assertThat(of(reads, noService))
                    .isEqualTo(outcome(
                            noService,
                            refused(
                                    Reason.TARGET_NOT_FOUND,
                                    "None of its targets exists, so it protects nothing. It applies as soon as one"
                                            + " does."),
                            unresolved(Reason.TARGET_NOT_FOUND, "Service shop/nothing does not exist.")));
            assertThat(of(reads, noPod))
                    .isEqualTo(outcome(
                            noPod,
                            accepted("In force."),
                            unresolved(Reason.TARGET_NOT_FOUND, "No pod of namespace shop is selected.")));
        }

        @Test
        void with_a_port_that_no_target_has() {
            var policy = deny("d", toService("reviews"), rule("r", List.of(), ports(80, 81)));

            assertThat(of(shopWith(REVIEWS, policy), policy))
                    .isEqualTo(outcome(
                            policy,
                            accepted("In force."),
                            unresolved(
                                    Reason.TARGET_NOT_FOUND, "No targeted Service has port 81, which a rule names.")));
        }
    }

    @Nested
    final class OfAGateway {
        @Test
        void is_accepted_as_long_as_one_listener_is_served() {
            var tls = new Gateway.Listener("tls", 443, "HTTPS", Optional.empty(), new Gateway.AllowedNamespaces.All());
            var both = gateway("both", listener("web", 80, ""), tls);
            var none = gateway("none", tls);
            var message = "Listener tls is not served: protocol HTTPS is not supported yet, use HTTP.";

            assertThat(of(shopWith(both), both).conditions())
                    .containsExactly(new Condition(Type.ACCEPTED, true, Reason.LISTENERS_NOT_VALID, message));
            assertThat(of(shopWith(none), none).conditions())
                    .containsExactly(refused(Reason.LISTENERS_NOT_VALID, message));
        }

        @Test
        void names_listeners_that_collide() {
            var gateway = gateway("g", listener("one", 80, "a.com"), listener("two", 80, "a.com"));

            assertThat(accepted(of(shopWith(gateway), gateway)).message())
                    .isEqualTo("Listener two is not served: listener one has the same port and hostname.");
        }
    }

    @Nested
    final class OfAnHttpRoute {
        private static final Gateway EDGE = gateway("edge", listener("web", 80, "a.com"));

        @Test
        void attached() {
            var route = httpRoute("r", 1, "edge", List.of(), httpRule(List.of(), httpBackend("reviews", 80)));

            assertThat(of(shopWith(EDGE, REVIEWS, route), route))
                    .isEqualTo(outcome(route, accepted("Attached."), RESOLVED));
        }

        @Test
        void of_another_controllers_gateway_has_no_conditions() {
            var route = httpRoute("r", 1, "foreign", List.of(), httpRule(List.of()));

            assertThat(of(shopWith(EDGE, route), route))
                    .isEqualTo(new Outcome(route.ref(), 1, List.of(), List.of(), List.of(), Map.of(), List.of()));
        }

        @Test
        void whose_parent_does_not_take_it() {
            var hostname = httpRoute("h", 1, "edge", List.of("b.com"), httpRule(List.of()));
            var section = new HttpRoute(
                    meta("shop", "s", 1),
                    List.of(new HttpRoute.Parent.ToGateway(shop("edge"), Optional.of("other"), Optional.empty())),
                    List.of(),
                    List.of());
            var closed = gateway(
                    "edge",
                    new Gateway.Listener("web", 80, "HTTP", Optional.empty(), new Gateway.AllowedNamespaces.Same()));
            var grpc = gateway(
                    "edge",
                    new Gateway.Listener(
                            "web",
                            80,
                            "HTTP",
                            Optional.empty(),
                            new Gateway.AllowedNamespaces.All(),
                            List.of("gateway.networking.k8s.io/GRPCRoute")));
            var foreign = new HttpRoute(
                    meta("bank", "f", 1),
                    section.gateways().stream()
                            .<HttpRoute.Parent>map(
                                    name -> new HttpRoute.Parent.ToGateway(name, Optional.empty(), Optional.empty()))
                            .toList(),
                    List.of(),
                    List.of());

            assertThat(accepted(of(shopWith(EDGE, hostname), hostname)).reason())
                    .isEqualTo(Reason.NO_MATCHING_LISTENER_HOSTNAME);
            assertThat(accepted(of(shopWith(EDGE, section), section)).reason()).isEqualTo(Reason.NO_MATCHING_PARENT);
            assertThat(accepted(of(shopWith(closed, foreign), foreign)).reason())
                    .isEqualTo(Reason.NOT_ALLOWED_BY_LISTENERS);
            assertThat(accepted(of(shopWith(grpc, hostname), hostname)))
                    .isEqualTo(refused(
                            Reason.NOT_ALLOWED_BY_LISTENERS,
                            "Not attached to Gateway shop/edge: no listener allows HTTPRoutes from namespace shop; see"
                                    + " allowedRoutes of its listeners."));
        }

        @Test
        void with_what_is_not_supported_and_a_backend_that_does_not_exist() {
            var rule = new HttpRoute.Rule(
                    List.of(), List.of(httpBackend("gone", 80)), Optional.empty(), List.of("filters[0] (URLRewrite)"));
            var route = httpRoute("r", 1, "edge", List.of(), rule);

            assertThat(of(shopWith(EDGE, route), route))
                    .isEqualTo(outcome(
                            route,
                            refused(
                                    Reason.UNSUPPORTED_VALUE,
                                    "spec.rules[0] is answered with 500, because this is not supported: filters[0]"
                                            + " (URLRewrite)."),
                            unresolved(
                                    Reason.BACKEND_NOT_FOUND,
                                    "spec.rules[0].backendRefs[0]: Service shop/gone does not exist. Their share of the"
                                            + " requests is answered with 500.")));
        }

        @Test
        void with_a_backend_of_another_namespace() {
            var elsewhere =
                    new HttpRoute.Backend(HttpRoute.SERVICE, new ObjectName("bank", "vault"), Optional.of(80), 1);
            var map = new HttpRoute.Backend("/ConfigMap", shop("map"), Optional.of(80), 1);
            var route = httpRoute("r", 1, "edge", List.of(), httpRule(List.of(), elsewhere, map));

            assertThat(of(shopWith(EDGE, route), route))
                    .isEqualTo(outcome(
                            route,
                            accepted("Attached."),
                            unresolved(
                                    Reason.REF_NOT_PERMITTED,
                                    "spec.rules[0].backendRefs[0]: Service bank/vault is in another namespace, and"
                                            + " no ReferenceGrant there allows HTTPRoutes of namespace shop to refer to"
                                            + " it."
                                            + " spec.rules[0].backendRefs[1]: ConfigMap is not supported, use a"
                                            + " Service. Their share of the requests is answered with 500.")));
        }
    }

    private static Outcome of(Reads reads, SnapshotObject object) {
        return find(reads, object.ref()).orElseThrow();
    }

    private static Optional<Outcome> find(Reads reads, ObjectRef object) {
        return Outcomes.of(reads, service -> ServiceTraffic.of(reads, service), route -> find(reads, route), object);
    }

    private static Outcome outcome(SnapshotObject object, Condition... conditions) {
        var parents = object instanceof HttpRoute route
                ? route.parents().stream().collect(toMap(parent -> parent, _ -> List.of(conditions)))
                : Map.<HttpRoute.Parent, List<Condition>>of();
        return new Outcome(object.ref(), 1, List.of(conditions), List.of(), List.of(), parents, List.of());
    }

    private static Condition accepted(Outcome outcome) {
        return Stream.of(outcome.conditions().getFirst())
                .filter(condition -> condition.type() == Type.ACCEPTED)
                .findFirst()
                .orElseThrow();
    }

    private static Condition accepted(String message) {
        return new Condition(Type.ACCEPTED, true, Reason.ACCEPTED, message);
    }

    private static Condition refused(Reason reason, String message) {
        return new Condition(Type.ACCEPTED, false, reason, message);
    }

    private static Condition unresolved(Reason reason, String message) {
        return new Condition(Type.RESOLVED_REFS, false, reason, message);
    }
}
