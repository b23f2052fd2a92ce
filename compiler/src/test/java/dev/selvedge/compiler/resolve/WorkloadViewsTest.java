// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static dev.selvedge.compiler.Fixtures.account;
import static dev.selvedge.compiler.Fixtures.allow;
import static dev.selvedge.compiler.Fixtures.deny;
import static dev.selvedge.compiler.Fixtures.member;
import static dev.selvedge.compiler.Fixtures.mesh;
import static dev.selvedge.compiler.Fixtures.meta;
import static dev.selvedge.compiler.Fixtures.methods;
import static dev.selvedge.compiler.Fixtures.pod;
import static dev.selvedge.compiler.Fixtures.port;
import static dev.selvedge.compiler.Fixtures.ports;
import static dev.selvedge.compiler.Fixtures.reads;
import static dev.selvedge.compiler.Fixtures.rule;
import static dev.selvedge.compiler.Fixtures.service;
import static dev.selvedge.compiler.Fixtures.shop;
import static dev.selvedge.compiler.Fixtures.shopWith;
import static dev.selvedge.compiler.Fixtures.slice;
import static dev.selvedge.compiler.Fixtures.toPods;
import static dev.selvedge.compiler.Fixtures.toService;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.model.WorkloadView.PortRules;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Operation;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Rule;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Source;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Target;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.LabelSelector;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Namespace;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrustDomains;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class WorkloadViewsTest {
    private static final Pod POD = pod("ratings", "v1", "10.1.0.1");
    private static final Service RATINGS = service("ratings", "10.96.0.1", port(80, "http"), port(90, "admin"));
    private static final EndpointSlice SLICE = slice("ratings", Map.of("http", 8080, "admin", 9090), POD);
    private static final Source REVIEWS = account("", "reviews");
    private static final Rule EVERYTHING = new Rule("unusable", List.of(), List.of());

    @Test
    void without_policies_the_default_of_the_mesh_decides() {
        var mesh = mesh(Mesh.MtlsMode.PERMISSIVE, Mesh.EgressMode.ALLOW, Mesh.AuthorizationDefault.DENY);

        assertThat(resolve(reads(mesh, member("shop"), POD), POD.name()))
                .contains(new WorkloadView(
                        POD.name(),
                        "spiffe://cluster.local/ns/shop/sa/ratings",
                        TrustDomains.of("cluster.local"),
                        Mesh.MtlsMode.PERMISSIVE,
                        List.of(),
                        List.of(),
                        Mesh.AuthorizationDefault.DENY,
                        new TreeMap<>(),
                        new TreeSet<>(List.of(new Origin(mesh.ref(), 1))),
                        new TreeSet<>(),
                        Optional.empty()));
    }

    @Test
    void a_policy_for_a_service_speaks_for_its_target_ports_on_its_pods() {
        var policy = allow(
                "readers",
                toService("ratings"),
                rule("read", List.of(REVIEWS), new Operation(List.of(80), List.of("GET"), List.of())));

        var view = view(RATINGS, SLICE, policy);

        assertThat(view.allow())
                .containsExactly(portRules(
                        policy,
                        List.of(8080, 9090),
                        rule(
                                "read",
                                List.of(account("shop", "reviews")),
                                new Operation(List.of(8080), List.of("GET"), List.of()))));
        assertThat(view.deny()).isEmpty();
        assertThat(view.origins()).containsExactlyInAnyOrder(new Origin(mesh().ref(), 1), new Origin(policy.ref(), 1));
    }

    @Test
    void a_policy_for_another_service_or_namespace_says_nothing_here() {
        var other = allow("other", toService("reviews"));
        var elsewhere = new AuthorizationPolicy(
                meta("bank", "p", 1), List.of(toPods(Map.of())), AuthorizationPolicy.Action.DENY, List.of());
        var reviews = service("reviews", "10.96.0.2", port(80, "http"));

        assertThat(view(RATINGS, reviews, SLICE, other, elsewhere)).isEqualTo(view(RATINGS, reviews, SLICE));
    }

    @Test
    void a_policy_for_pods_speaks_for_every_port_with_the_ports_of_the_pod() {
        var policy = deny("no-admin", toPods(Map.of("app", "ratings")), rule("admin", List.of(), ports(9090)));

        assertThat(view(RATINGS, SLICE, policy).deny())
                .containsExactly(portRules(policy, List.of(), rule("admin", List.of(), ports(9090))));
        assertThat(view(deny("others", toPods(Map.of("app", "x")), rule("all", List.of())))
                        .deny())
                .isEmpty();
    }

    @Test
    void a_rule_for_a_port_that_leads_nowhere_does_not_become_a_rule_for_every_port() {
        var policy = allow("p", toService("ratings"), rule("r", List.of(), ports(7070)));

        assertThat(view(RATINGS, SLICE, policy).allow()).containsExactly(portRules(policy, List.of(8080, 9090)));
    }

    @Test
    void until_the_endpoints_are_known_a_policy_speaks_for_every_port() {
        var allow = allow("a", toService("ratings"), rule("by-port", List.of(), ports(80)), rule("any", List.of()));
        var deny = deny("d", toService("ratings"), rule("by-port", List.of(REVIEWS), ports(80)));

        var view = view(RATINGS, allow, deny);

        assertThat(view.allow()).containsExactly(portRules(allow, List.of(), rule("any", List.of())));
        assertThat(view.deny())
                .containsExactly(portRules(deny, List.of(), rule("by-port", List.of(account("shop", "reviews")))));
    }

    @Test
    void a_pod_behind_a_service_without_a_selector_is_protected_too() {
        var unselecting = new Service(shop("ratings"), Map.of(), List.of("10.96.0.1"), RATINGS.ports());
        var policy = allow("p", toService("ratings"));

        assertThat(view(unselecting, SLICE, policy).allow()).containsExactly(portRules(policy, List.of(8080, 9090)));
    }

    @Test
    void a_mistake_in_an_allow_rule_makes_that_rule_match_nobody() {
        var policy = allow(
                "p",
                toPods(Map.of()),
                rule("good", List.of(), methods("GET")),
                rule("bad", List.of(), new Operation(List.of(), List.of(), List.of(new StringMatch.Regex("(")))));

        assertThat(view(policy).allow())
                .containsExactly(portRules(policy, List.of(), rule("good", List.of(), methods("GET"))));
    }

    @Test
    void a_mistake_in_a_deny_policy_denies_everything() {
        var bad = rule("bad", List.of(new Source(List.of(), List.of(), List.of("10.0.0.0/33"))));
        var policy = deny("p", toService("ratings"), rule("good", List.of(), methods("GET")), bad);
        var empty = deny("q", toPods(Map.of()));

        assertThat(view(RATINGS, SLICE, policy, empty).deny())
                .containsExactly(
                        portRules(policy, List.of(8080, 9090), EVERYTHING), portRules(empty, List.of(), EVERYTHING));
    }

    @Test
    void a_selector_that_cannot_be_used_selects_every_pod() {
        var selector = new LabelSelector(
                Map.of(), List.of(new LabelSelector.Requirement("app", LabelSelector.Operator.IN, List.of())));
        var policy = allow("p", new Target.PodTarget(selector));

        assertThat(view(policy).allow()).containsExactly(portRules(policy, List.of()));
    }

    @Test
    void only_a_sidecar_of_a_member_enforces_anything() {
        var bare = pod("ratings", "v1", "10.1.0.1", new Pod.Proxy.None());
        var gateway = pod("ratings", "v1", "10.1.0.1", new Pod.Proxy.GatewayProxy(shop("g")));

        assertThat(resolve(shopWith(bare), bare.name())).isEmpty();
        assertThat(resolve(shopWith(gateway), gateway.name())).isEmpty();
        assertThat(resolve(reads(mesh(), new Namespace("shop", Map.of()), POD), POD.name()))
                .isEmpty();
        assertThat(resolve(reads(member("shop"), POD), POD.name())).isEmpty();
    }

    private static WorkloadView view(SnapshotObject... objects) {
        var all = new ArrayList<SnapshotObject>(List.of(objects));
        all.add(POD);
        return resolve(shopWith(all.toArray(SnapshotObject[]::new)), POD.name()).orElseThrow();
    }

    private static PortRules portRules(AuthorizationPolicy policy, List<Integer> ports, Rule... rules) {
        return new PortRules(policy.meta().name(), new TreeSet<>(ports), List.of(rules));
    }

    private static Optional<WorkloadView> resolve(Reads reads, ObjectName pod) {
        return WorkloadViews.resolve(
                reads, service -> ServerTraffic.of(reads, ServiceTraffic.of(reads, service), service), pod);
    }
}
