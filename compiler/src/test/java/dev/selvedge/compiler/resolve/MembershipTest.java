// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static dev.selvedge.compiler.Fixtures.MEMBER;
import static dev.selvedge.compiler.Fixtures.gateway;
import static dev.selvedge.compiler.Fixtures.member;
import static dev.selvedge.compiler.Fixtures.mesh;
import static dev.selvedge.compiler.Fixtures.meta;
import static dev.selvedge.compiler.Fixtures.pod;
import static dev.selvedge.compiler.Fixtures.reads;
import static dev.selvedge.compiler.Fixtures.shop;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.model.Identity;
import dev.selvedge.compiler.snapshot.LabelSelector;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Namespace;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.TrustDomains;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class MembershipTest {
    @Test
    void a_namespace_belongs_by_its_labels() {
        var reads = reads(mesh(), member("shop"), new Namespace("bank", Map.of()));

        assertThat(Membership.isMember(reads, "shop")).isTrue();
        assertThat(Membership.isMember(reads, "bank")).isFalse();
        assertThat(Membership.isMember(reads, "no-such-namespace")).isFalse();
    }

    @Test
    void the_cluster_and_the_operator_never_belong() {
        var reads = reads(mesh(), new Namespace("kube-system", MEMBER), new Namespace("selvedge-system", MEMBER));

        assertThat(Membership.isMember(reads, "kube-system")).isFalse();
        assertThat(Membership.isMember(reads, "selvedge-system")).isFalse();
    }

    @Test
    void the_oldest_mesh_is_in_force() {
        var younger = named("younger", 2, "younger.org");
        var older = named("older", 1, "older.org");
        var pod = pod("client", "v1", "10.0.0.1");

        assertThat(Membership.identity(reads(younger, older, member("shop"), pod), pod)
                        .map(Identity::spiffeId))
                .contains("spiffe://older.org/ns/shop/sa/client");
    }

    @Test
    void a_gateways_pod_has_an_identity_outside_the_members_too() {
        var pod = pod("g", "v1", "10.0.0.1", new Pod.Proxy.GatewayProxy(shop("g")));
        var outside = new Namespace("shop", Map.of());

        assertThat(Membership.identity(reads(mesh(), outside, gateway("g"), pod), pod)
                        .map(Identity::spiffeId))
                .contains("spiffe://cluster.local/ns/shop/sa/g");
        assertThat(Membership.identity(reads(mesh(), outside, pod), pod)).isEmpty();
    }

    private static Mesh named(String name, int age, String trustDomain) {
        return new Mesh(
                meta("", name, age),
                TrustDomains.of(trustDomain),
                LabelSelector.labels(MEMBER),
                Mesh.MtlsMode.STRICT,
                Mesh.EgressMode.ALLOW,
                Mesh.AuthorizationDefault.ALLOW,
                List.of());
    }
}
