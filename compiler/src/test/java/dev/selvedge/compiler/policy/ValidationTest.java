// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import static dev.selvedge.compiler.Fixtures.account;
import static dev.selvedge.compiler.Fixtures.allow;
import static dev.selvedge.compiler.Fixtures.deny;
import static dev.selvedge.compiler.Fixtures.header;
import static dev.selvedge.compiler.Fixtures.httpRoute;
import static dev.selvedge.compiler.Fixtures.httpRule;
import static dev.selvedge.compiler.Fixtures.mesh;
import static dev.selvedge.compiler.Fixtures.path;
import static dev.selvedge.compiler.Fixtures.pod;
import static dev.selvedge.compiler.Fixtures.ports;
import static dev.selvedge.compiler.Fixtures.retries;
import static dev.selvedge.compiler.Fixtures.route;
import static dev.selvedge.compiler.Fixtures.routeOf;
import static dev.selvedge.compiler.Fixtures.rule;
import static dev.selvedge.compiler.Fixtures.subset;
import static dev.selvedge.compiler.Fixtures.timeouts;
import static dev.selvedge.compiler.Fixtures.toService;
import static dev.selvedge.compiler.Fixtures.trafficPolicy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.selvedge.compiler.Fixtures.TrafficPolicyBuilder;
import dev.selvedge.compiler.diagnostic.FieldError;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Operation;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Source;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Target;
import dev.selvedge.compiler.snapshot.LabelSelector;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Backoff;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Match;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Protocol;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Retries;
import dev.selvedge.compiler.snapshot.TrafficPolicy.RetryOn;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ValidationTest {
    @Test
    void what_is_right_passes() {
        assertThat(Validation.check(mesh())).isEmpty();
        assertThat(Validation.check(pod("a", "v1", "10.0.0.1"))).isEmpty();
        assertThat(Validation.check(policy().port(80, Protocol.HTTP)
                        .version("v1")
                        .routes(
                                route(
                                        "some",
                                        List.of(
                                                path(new StringMatch.Regex("/a/[0-9]+")),
                                                header("x-user", new StringMatch.Present())),
                                        subset("v1", 0),
                                        subset("v2", 1)),
                                route("rest", List.of()))
                        .timeouts(timeouts(10, 3))
                        .retries(retries(2))
                        .build()))
                .isEmpty();
        assertThat(Validation.check(allow(
                        "p",
                        toService("a"),
                        rule(
                                "r",
                                List.of(
                                        account("bank", "teller.v2"),
                                        new Source(List.of(), List.of("bank"), List.of("10.0.0.0/8", "fd00::/8"))),
                                ports(1, 65535)))))
                .isEmpty();
    }

    @Test
    void each_port_may_have_its_route_without_matches_and_one_is_for_the_rest() {
        assertThat(Validation.check(policy().routes(
                                routeOf(80, route("some", List.of(match("/a")))),
                                routeOf(80, "all"),
                                routeOf(81, "other"),
                                route("matched", List.of(match("/a"))),
                                route("rest", List.of()))
                        .build()))
                .isEmpty();
    }

    @Test
    void a_port_that_is_taken_says_by_which_route() {
        assertThat(Validation.check(policy().routes(routeOf(80, "first"), routeOf(80, "second"))
                        .build()))
                .extracting(FieldError::message)
                .containsExactly(
                        "spec.routes[1].ports: \"80\": every request to it is taken by route first before, which"
                                + " has no matches; leave the port out, or put first after this route");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void a_mistake_is_named_by_its_field(String field, String value, SnapshotObject object) {
        assertThat(Validation.check(object))
                .hasSize(1)
                .first()
                .satisfies(error -> {
                    assertThat(error.reason()).isNotBlank();
                    assertThat(error.remedy()).isNotBlank();
                })
                .extracting(FieldError::field, FieldError::value)
                .containsExactly(field, value);
    }

    static Stream<Arguments> a_mistake_is_named_by_its_field() {
        return Stream.of(
                arguments("spec.targetRefs", "", trafficPolicy("p").build()),
                arguments(
                        "spec.targetRefs[1]", "a", trafficPolicy("p", "a", "a").build()),
                arguments(
                        "spec.ports[1]",
                        "80",
                        policy().port(80, Protocol.TCP).port(80, Protocol.TLS).build()),
                arguments(
                        "spec.ports[0].port",
                        "65536",
                        policy().port(65536, Protocol.TCP).build()),
                arguments(
                        "spec.subsets[1]",
                        "v1",
                        policy().version("v1").version("v1").build()),
                arguments(
                        "spec.subsets[0].labels",
                        "",
                        policy().subset("all", Map.of()).build()),
                arguments(
                        "spec.routes[1]",
                        "r",
                        policy().routes(route("r", List.of(match("/a"))), route("r", List.of(match("/b"))))
                                .build()),
                arguments(
                        "spec.routes[0]",
                        "first",
                        policy().routes(route("first", List.of()), route("second", List.of()))
                                .build()),
                arguments(
                        "spec.routes[0].ports[0]",
                        "0",
                        policy().routes(routeOf(0, "r")).build()),
                arguments(
                        "spec.routes[1].ports",
                        "80",
                        policy().routes(routeOf(80, "first"), routeOf(80, route("second", List.of(match("/a")))))
                                .build()),
                arguments(
                        "spec.routes[0]",
                        "first",
                        policy().routes(route("first", List.of()), routeOf(80, "second"))
                                .build()),
                arguments("spec.routes[0].backends", "0", routed(subset("v1", 0), subset("v2", 0))),
                arguments("spec.routes[0].backends[0].weight", "1000001", routed(subset("v1", 1000001))),
                arguments("spec.routes[0].backends[1].weight", "-1", routed(subset("v1", 1), subset("v2", -1))),
                arguments("spec.routes[0].matches[1].path.value", "a", matching(match("/a"), match("a"))),
                arguments("spec.routes[0].matches[0].path.value", "/a//b", matching(match("/a//b"))),
                arguments("spec.routes[0].matches[0].path.value", "/a?b", matching(match("/a?b"))),
                arguments("spec.routes[0].matches[0].path.type", "Present", matching(path(new StringMatch.Present()))),
                arguments("spec.routes[0].matches[0].path.value", "(a", matching(path(new StringMatch.Regex("(a")))),
                arguments(
                        "spec.routes[0].matches[0].path.value",
                        "a".repeat(32) + "…",
                        matching(path(new StringMatch.Regex("a".repeat(1025))))),
                arguments(
                        "spec.routes[0].matches[0].path.value",
                        "(((a{1000}){1000}){1000})",
                        matching(path(new StringMatch.Regex("(((a{1000}){1000}){1000})")))),
                arguments(
                        "spec.routes[0].matches[0].headers[0].value",
                        "(?=a)",
                        matching(header("x-user", new StringMatch.Regex("(?=a)")))),
                arguments(
                        "spec.routes[0].matches[0].headers[0].name",
                        "x user",
                        matching(header("x user", new StringMatch.Present()))),
                arguments(
                        "spec.routes[0].matches[0].method",
                        "get",
                        matching(new Match(Optional.empty(), Optional.of("get"), List.of(), List.of()))),
                arguments(
                        "spec.timeouts.perTry",
                        "3s",
                        policy().timeouts(timeouts(2, 3)).build()),
                arguments(
                        "spec.timeouts.request",
                        "-1s",
                        policy().timeouts(timeouts(-1, 0)).build()),
                arguments(
                        "spec.retries.attempts",
                        "11",
                        policy().retries(retries(11)).build()),
                arguments(
                        "spec.retries.attempts",
                        "3",
                        policy().timeouts(timeouts(10, 3)).retries(retries(3)).build()),
                arguments(
                        "spec.retries.methods",
                        "",
                        policy().retries(retries(1, RetryOn.GATEWAY_ERROR)).build()),
                arguments("spec.retries.methods[0]", "get", retrying(List.of("get"), Optional.empty())),
                arguments("spec.retries.backoff.base", "0s", retrying(List.of(), backoff(0, 10))),
                arguments("spec.retries.backoff.max", "10ms", retrying(List.of(), backoff(20, 10))),
                arguments(
                        "spec.routes[0].timeouts.perTry",
                        "5s",
                        policy().routes(new TrafficPolicy.Route(
                                        "r",
                                        List.of(),
                                        List.of(),
                                        Optional.of(new TrafficPolicy.Timeouts(
                                                Optional.empty(),
                                                Optional.of(Duration.ofSeconds(5)),
                                                Optional.empty())),
                                        Optional.empty()))
                                .timeouts(timeouts(4, 2))
                                .build()),
                arguments("spec.rules", "", deny("p", toService("a"))),
                arguments("spec.rules[1]", "r", allow("p", toService("a"), rule("r", List.of()), rule("r", List.of()))),
                arguments("spec.rules[0].from[0]", "", from(new Source(List.of(), List.of(), List.of()))),
                arguments("spec.rules[0].from[0].serviceAccounts[0].name", "Re", from(account("", "Re"))),
                arguments("spec.rules[0].from[0].serviceAccounts[0].namespace", "a/b", from(account("a/b", "x"))),
                arguments(
                        "spec.rules[0].from[0].namespaces[0]",
                        "*",
                        from(new Source(List.of(), List.of("*"), List.of()))),
                arguments("spec.rules[0].from[0].ipBlocks[0]", "10.0.0.1/8", from(block("10.0.0.1/8"))),
                arguments("spec.rules[0].from[0].ipBlocks[0]", "10.0.0.1", from(block("10.0.0.1"))),
                arguments("spec.rules[0].from[0].ipBlocks[0]", "localhost/32", from(block("localhost/32"))),
                arguments("spec.rules[0].from[0].ipBlocks[0]", "fd00::/129", from(block("fd00::/129"))),
                arguments("spec.rules[0].to[0]", "", to(new Operation(List.of(), List.of(), List.of()))),
                arguments("spec.rules[0].to[0].ports[0]", "0", to(ports(0))),
                arguments(
                        "spec.rules[0].to[0].methods[0]",
                        "get",
                        to(new Operation(List.of(), List.of("get"), List.of()))),
                arguments(
                        "spec.rules[0].to[0].paths[0].value",
                        "a",
                        to(new Operation(List.of(), List.of(), List.of(new StringMatch.Exact("a"))))),
                arguments(
                        "spec.targetRefs[0].selector.matchExpressions[0].values",
                        "[]",
                        allow(
                                "p",
                                new Target.PodTarget(new LabelSelector(
                                        Map.of(),
                                        List.of(new LabelSelector.Requirement(
                                                "app", LabelSelector.Operator.NOT_IN, List.of())))))),
                arguments(
                        "spec.rules[0].matches[0].path.value",
                        "[",
                        httpRoute("r", 1, "g", List.of(), httpRule(List.of(path(new StringMatch.Regex("[")))))));
    }

    @Test
    void a_retry_that_does_not_fit_says_what_would() {
        assertThat(Validation.check(
                        policy().timeouts(timeouts(10, 3)).retries(retries(3)).build()))
                .extracting(FieldError::message)
                .containsExactly("spec.retries.attempts: \"3\": 4 tries of 3s do not fit into timeouts.request (10s);"
                        + " lower attempts or perTry, or raise request to 12s");
    }

    @Test
    void all_mistakes_are_told_at_once() {
        var policy = policy().port(0, Protocol.TCP)
                .routes(route("r", List.of(match("a")), subset("v1", 0)))
                .build();

        assertThat(Validation.check(policy))
                .extracting(FieldError::field)
                .containsExactly(
                        "spec.ports[0].port", "spec.routes[0].matches[0].path.value", "spec.routes[0].backends");
    }

    private static TrafficPolicyBuilder policy() {
        return trafficPolicy("p", "a");
    }

    private static TrafficPolicy routed(TrafficPolicy.Backend... backends) {
        return policy().routes(route("r", List.of(), backends)).build();
    }

    private static TrafficPolicy matching(Match... matches) {
        return policy().routes(route("r", List.of(matches))).build();
    }

    private static Match match(String exact) {
        return path(new StringMatch.Exact(exact));
    }

    private static TrafficPolicy retrying(List<String> methods, Optional<Backoff> backoff) {
        return policy().retries(new Retries(1, List.of(), methods, backoff)).build();
    }

    private static Optional<Backoff> backoff(long baseMillis, long maxMillis) {
        return Optional.of(new Backoff(Duration.ofMillis(baseMillis), Duration.ofMillis(maxMillis)));
    }

    private static AuthorizationPolicy from(Source source) {
        return allow("p", toService("a"), rule("r", List.of(source)));
    }

    private static Source block(String cidr) {
        return new Source(List.of(), List.of(), List.of(cidr));
    }

    private static AuthorizationPolicy to(Operation operation) {
        return allow("p", toService("a"), rule("r", List.of(), operation));
    }
}
