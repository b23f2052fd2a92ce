// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import static dev.selvedge.compiler.Fixtures.MEMBER;
import static dev.selvedge.compiler.Fixtures.httpBackend;
import static dev.selvedge.compiler.Fixtures.member;
import static dev.selvedge.compiler.Fixtures.mesh;
import static dev.selvedge.compiler.Fixtures.meta;
import static dev.selvedge.compiler.Fixtures.pod;
import static dev.selvedge.compiler.Fixtures.port;
import static dev.selvedge.compiler.Fixtures.puts;
import static dev.selvedge.compiler.Fixtures.retries;
import static dev.selvedge.compiler.Fixtures.route;
import static dev.selvedge.compiler.Fixtures.service;
import static dev.selvedge.compiler.Fixtures.shop;
import static dev.selvedge.compiler.Fixtures.slice;
import static dev.selvedge.compiler.Fixtures.subset;
import static dev.selvedge.compiler.Fixtures.timeouts;
import static dev.selvedge.compiler.Fixtures.trafficPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.model.Decided;
import dev.selvedge.compiler.model.Decider;
import dev.selvedge.compiler.model.EffectiveService;
import dev.selvedge.compiler.model.EffectiveService.Overridden;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.Namespace;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Timeouts;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who is said to decide what; the golden cases show whole answers. */
final class EffectiveServiceTest {
    private static final SnapshotObject STORE = service("store", "10.96.0.1", port(80, "http"));
    private static final SnapshotObject STOCK = service("stock", "10.96.0.2", port(80, "http"));

    private static EffectiveService store(SnapshotObject... objects) {
        return effective("store", objects).orElseThrow();
    }

    private static Optional<EffectiveService> effective(String service, SnapshotObject... objects) {
        var compiler = new IncrementalCompiler();
        compiler.apply(puts(Stream.concat(Stream.of(mesh(), member("shop"), STORE, STOCK), Arrays.stream(objects))
                .toArray(SnapshotObject[]::new)));
        return compiler.effective(shop(service));
    }

    private static Decider policy(String name, String field) {
        return EffectiveService.policy(shop(name), field);
    }

    private static Decided<?> setting(EffectiveService service, String name) {
        return only(service).settings().get(name);
    }

    private static EffectiveService.Route only(EffectiveService service) {
        return service.ports().getFirst().routing().getFirst().routes().getFirst();
    }

    @Test
    void a_service_that_is_not_there_or_outside_has_nothing() {
        assertThat(effective("nothing")).isEmpty();
        assertThat(effective("store", new Namespace("shop", Map.of()))).isEmpty();
        assertThat(effective("store", new Namespace("shop", MEMBER))).isPresent();
    }

    @Test
    void a_route_wins_over_its_policy_and_the_policy_is_named() {
        var quick = new TrafficPolicy.Route(
                "quick", List.of(), List.of(), Optional.of(timeouts(2, 1)), Optional.of(retries(1)));
        var store = store(trafficPolicy("p", "store")
                .timeouts(timeouts(20, 3))
                .retries(retries(3))
                .routes(quick)
                .build());

        assertThat(setting(store, "timeouts.request"))
                .isEqualTo(new Decided<>(
                        Duration.ofSeconds(2),
                        policy("p", "spec.routes[quick].timeouts.request"),
                        List.of(policy("p", "spec.timeouts.request"))));
        assertThat(setting(store, "retries").by()).isEqualTo(policy("p", "spec.routes[quick].retries"));
        assertThat(setting(store, "retries").over()).containsExactly(policy("p", "spec.retries"));
    }

    @Test
    void the_oldest_policy_decides_and_the_other_is_told_as_overridden() {
        var store = store(
                trafficPolicy("young", "store").age(2).timeouts(timeouts(1, 1)).build(),
                trafficPolicy("old", "store")
                        .age(1)
                        .timeouts(new Timeouts(Optional.of(Duration.ofSeconds(9)), Optional.empty(), Optional.empty()))
                        .build());

        assertThat(setting(store, "timeouts.request").by()).isEqualTo(policy("old", "spec.timeouts.request"));
        assertThat(setting(store, "timeouts.perTry").by()).isEqualTo(policy("young", "spec.timeouts.perTry"));
        assertThat(store.overridden())
                .containsExactly(new Overridden(
                        (Decider.Of) policy("young", "spec.timeouts.request"), policy("old", "spec.timeouts.request")));
    }

    @Test
    void a_limit_of_one_try_that_the_limit_of_the_request_makes_pointless_is_told() {
        var brief = new Timeouts(Optional.of(Duration.ofSeconds(1)), Optional.empty(), Optional.empty());
        var lengthy = new Timeouts(Optional.empty(), Optional.of(Duration.ofSeconds(5)), Optional.empty());
        var store = store(
                trafficPolicy("a", "store").timeouts(brief).build(),
                trafficPolicy("b", "store").timeouts(lengthy).build());

        assertThat(only(store).settings()).doesNotContainKey("timeouts.perTry");
        assertThat(only(store).overridden())
                .containsExactly(new Overridden(
                        (Decider.Of) policy("b", "spec.timeouts.perTry"), policy("a", "spec.timeouts.request")));
    }

    @Test
    void what_a_rule_leads_to_is_divided_by_the_policy_of_that_service() {
        var store = store(
                attached(Optional.empty(), httpBackend("stock", 80)),
                trafficPolicy("stock", "stock")
                        .version("v1")
                        .version("v2")
                        .timeouts(timeouts(7, 2))
                        .routes(route("rest", List.of(), subset("v1", 9), subset("v2", 1)))
                        .build());

        assertThat(only(store).by()).isEqualTo(inRule(""));
        assertThat(only(store).backends())
                .extracting(Decided::by)
                .containsExactly(
                        policy("stock", "spec.routes[rest].backends"), policy("stock", "spec.routes[rest].backends"));
        assertThat(setting(store, "timeouts.request").by()).isEqualTo(policy("stock", "spec.timeouts.request"));
    }

    @Test
    void a_rule_wins_over_the_policy_of_the_service_it_is_attached_to() {
        var own = new Timeouts(Optional.of(Duration.ofSeconds(4)), Optional.empty(), Optional.empty());
        var store = store(
                attached(Optional.of(own), httpBackend("store", 80)),
                trafficPolicy("p", "store").timeouts(timeouts(10, 3)).build());

        assertThat(setting(store, "timeouts.request"))
                .isEqualTo(new Decided<>(
                        Duration.ofSeconds(4),
                        inRule(".timeouts.request"),
                        List.of(policy("p", "spec.timeouts.request"))));
        assertThat(only(store).backends()).extracting(Decided::by).containsExactly(inRule(".backendRefs"));
    }

    @Test
    void pods_that_have_the_same_are_told_together_and_those_without_a_proxy_apart() {
        var one = pod("store", "v1", "10.1.0.1");
        var two = pod("store", "v2", "10.1.0.2");
        var bare = pod("store", "v3", "10.1.0.3", new Pod.Proxy.None());
        var store = store(one, two, bare, slice("store", Map.of("http", 8080), one, two, bare));

        assertThat(store.authorization())
                .extracting(guard -> guard.pods() + " " + guard.enforced())
                .containsExactlyInAnyOrder("2 true", "1 false");
    }

    private static HttpRoute attached(Optional<Timeouts> timeouts, HttpRoute.Backend backend) {
        return new HttpRoute(
                meta("shop", "r", 1),
                List.of(new HttpRoute.Parent.ToService(shop("store"), Optional.empty())),
                List.of(),
                List.of(new HttpRoute.Rule(List.of(), List.of(backend), timeouts, List.of())));
    }

    private static Decider inRule(String field) {
        return new Decider.Of(new ObjectRef(Kind.HTTP_ROUTE, new ObjectName("shop", "r")), "spec.rules[0]" + field);
    }
}
