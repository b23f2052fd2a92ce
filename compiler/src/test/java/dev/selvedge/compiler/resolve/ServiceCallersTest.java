// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static dev.selvedge.compiler.Fixtures.account;
import static dev.selvedge.compiler.Fixtures.allow;
import static dev.selvedge.compiler.Fixtures.deny;
import static dev.selvedge.compiler.Fixtures.member;
import static dev.selvedge.compiler.Fixtures.mesh;
import static dev.selvedge.compiler.Fixtures.methods;
import static dev.selvedge.compiler.Fixtures.pod;
import static dev.selvedge.compiler.Fixtures.port;
import static dev.selvedge.compiler.Fixtures.ports;
import static dev.selvedge.compiler.Fixtures.reads;
import static dev.selvedge.compiler.Fixtures.rule;
import static dev.selvedge.compiler.Fixtures.service;
import static dev.selvedge.compiler.Fixtures.shop;
import static dev.selvedge.compiler.Fixtures.slice;
import static dev.selvedge.compiler.Fixtures.toPods;
import static dev.selvedge.compiler.Fixtures.toService;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.model.Callers;
import dev.selvedge.compiler.model.Callers.Extent;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Source;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ServiceCallersTest {
    private static final Source REVIEWS = account("", "reviews");
    private static final Source STAFF = new Source(List.of(), List.of("staff"), List.of());
    private static final Source INTERN = account("staff", "intern");
    private static final Source NEARBY = new Source(List.of(), List.of(), List.of("10.0.0.0/8"));

    private static Optional<Callers> callers(Mesh.AuthorizationDefault otherwise, SnapshotObject... policies) {
        return callers(new Pod.Proxy.Sidecar(), otherwise, policies);
    }

    private static Optional<Callers> callers(
            Pod.Proxy proxy, Mesh.AuthorizationDefault otherwise, SnapshotObject... policies) {
        var pod = pod("ratings", "v1", "10.1.0.1", proxy);
        var world = Stream.<SnapshotObject>of(
                mesh(Mesh.MtlsMode.STRICT, Mesh.EgressMode.ALLOW, otherwise),
                member("shop"),
                pod,
                service("ratings", "10.96.0.1", port(80, "http"), port(90, "admin")),
                slice("ratings", Map.of("http", 8080, "admin", 9090), pod));
        var reads = reads(Stream.concat(world, Stream.of(policies)).toArray(SnapshotObject[]::new));
        return ServiceCallers.of(reads, shop("ratings"));
    }

    private static Optional<Callers> open(SnapshotObject... policies) {
        return callers(Mesh.AuthorizationDefault.ALLOW, policies);
    }

    private static Optional<Callers> said(Extent others, Map<ObjectName, Extent> named) {
        return Optional.of(new Callers(others, new TreeMap<>(named)));
    }

    private static AuthorizationPolicy readers(AuthorizationPolicy.Operation... to) {
        return allow("readers", toService("ratings"), rule("read", List.of(REVIEWS), to));
    }

    @Test
    void without_policies_the_default_of_the_mesh_decides_for_everybody() {
        assertThat(open()).isEqualTo(said(Extent.ALWAYS, Map.of()));
        assertThat(callers(Mesh.AuthorizationDefault.DENY)).isEqualTo(said(Extent.NEVER, Map.of()));
    }

    @Test
    void an_allow_policy_lets_nobody_call_but_whom_it_names() {
        assertThat(open(readers())).isEqualTo(said(Extent.NEVER, Map.of(shop("reviews"), Extent.ALWAYS)));
    }

    @Test
    void what_holds_for_some_methods_or_ports_or_addresses_holds_sometimes() {
        var sometimes = said(Extent.NEVER, Map.of(shop("reviews"), Extent.SOMETIMES));
        assertThat(open(readers(methods("GET")))).isEqualTo(sometimes);
        assertThat(open(readers(ports(90)))).isEqualTo(sometimes);
        assertThat(open(deny("far", toService("ratings"), rule("far", List.of(NEARBY)))))
                .isEqualTo(said(Extent.SOMETIMES, Map.of()));
    }

    @Test
    void ports_for_which_no_policy_speaks_are_left_to_the_default() {
        var admin = allow("admin", toPods(Map.of("app", "ratings")), rule("admin", List.of(REVIEWS), ports(9090)));

        assertThat(open(admin))
                .as("a policy for pods speaks for all of their ports")
                .isEqualTo(said(Extent.NEVER, Map.of(shop("reviews"), Extent.SOMETIMES)));
    }

    @Test
    void a_namespace_is_told_once_and_an_account_in_it_only_where_it_differs() {
        var staff = allow("staff", toService("ratings"), rule("all", List.of(STAFF, INTERN, REVIEWS)));
        var intern = deny("intern", toService("ratings"), rule("no", List.of(INTERN)));

        assertThat(open(staff))
                .isEqualTo(said(
                        Extent.NEVER, Map.of(Callers.anyOf("staff"), Extent.ALWAYS, shop("reviews"), Extent.ALWAYS)));
        var without = open(staff, intern).orElseThrow();
        assertThat(without.of(new ObjectName("staff", "intern"))).isEqualTo(Extent.NEVER);
        assertThat(without.of(new ObjectName("staff", "cook"))).isEqualTo(Extent.ALWAYS);
        assertThat(without.of(shop("storefront"))).isEqualTo(Extent.NEVER);
    }

    @Test
    void pods_without_a_proxy_let_everybody_in() {
        assertThat(callers(new Pod.Proxy.None(), Mesh.AuthorizationDefault.DENY, readers()))
                .isEqualTo(said(Extent.ALWAYS, Map.of()));
    }

    @Test
    void nothing_is_said_of_a_service_without_pods_or_outside_of_the_mesh() {
        var ratings = service("ratings", "10.96.0.1", port(80, "http"));
        var pod = pod("ratings", "v1", "10.1.0.1");
        assertThat(ServiceCallers.of(reads(mesh(), member("shop"), ratings), shop("ratings")))
                .isEmpty();
        assertThat(ServiceCallers.of(
                        reads(mesh(), ratings, pod, slice("ratings", Map.of("http", 8080), pod)), shop("ratings")))
                .isEmpty();
        assertThat(ServiceCallers.services(reads(mesh(), ratings))).isEmpty();
        assertThat(ServiceCallers.services(reads(mesh(), member("shop"), ratings)))
                .containsExactly(shop("ratings"));
    }
}
