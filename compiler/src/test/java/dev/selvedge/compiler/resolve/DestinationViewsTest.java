// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static dev.selvedge.compiler.Fixtures.member;
import static dev.selvedge.compiler.Fixtures.mesh;
import static dev.selvedge.compiler.Fixtures.pod;
import static dev.selvedge.compiler.Fixtures.port;
import static dev.selvedge.compiler.Fixtures.reads;
import static dev.selvedge.compiler.Fixtures.service;
import static dev.selvedge.compiler.Fixtures.shop;
import static dev.selvedge.compiler.Fixtures.slice;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.model.DestinationView;
import dev.selvedge.compiler.model.DestinationView.MeshPod;
import dev.selvedge.compiler.model.DestinationView.PassThrough;
import dev.selvedge.compiler.model.DestinationView.Refused;
import dev.selvedge.compiler.model.DestinationView.ServicePort;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.model.ServiceView.Pool;
import dev.selvedge.compiler.model.ServiceView.Proxied;
import dev.selvedge.compiler.model.SocketAddress;
import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.snapshot.Clients;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class DestinationViewsTest {
    private static final Pod DB = pod("db", "v1", "10.1.0.1");
    private static final Pod BARE = pod("bare", "v1", "10.1.0.2", new Pod.Proxy.None());
    private static final Reads OPEN = cluster(Mesh.EgressMode.ALLOW);
    private static final Reads CLOSED = cluster(Mesh.EgressMode.DENY);

    @Test
    void a_port_of_a_service_is_the_whole_service() {
        assertThat(destination(OPEN, "10.96.0.1:5432"))
                .isEqualTo(new ServicePort(
                        new ClusterName(shop("db"), 5432, Optional.empty()),
                        new Pool(
                                Optional.empty(),
                                new TreeSet<>(List.of("spiffe://cluster.local/ns/shop/sa/db")),
                                Proxied.ALL),
                        Upstream.DEFAULT,
                        new TreeSet<>()));
    }

    @Test
    void a_port_that_the_service_does_not_have_is_refused() {
        assertThat(destination(OPEN, "10.96.0.1:1")).isEqualTo(new Refused("Service shop/db has no port 1"));
    }

    @Test
    void a_pod_of_the_mesh_is_verified_by_its_identity() {
        assertThat(destination(CLOSED, "10.1.0.1:7777"))
                .isEqualTo(new MeshPod(
                        DB.name(), "10.1.0.1", 7777, new TreeSet<>(Set.of("spiffe://cluster.local/ns/shop/sa/db"))));
    }

    @Test
    void a_pod_without_a_proxy_is_reached_as_it_is() {
        assertThat(destination(CLOSED, "10.1.0.2:7777")).isEqualTo(new PassThrough());
    }

    @Test
    void an_address_of_services_without_a_service_is_refused() {
        assertThat(destination(OPEN, "10.111.255.255:80"))
                .isEqualTo(new Refused("no Service has the address 10.111.255.255"));
        assertThat(destination(OPEN, "10.112.0.0:80")).isEqualTo(new PassThrough());
    }

    @Test
    void elsewhere_the_mesh_decides() {
        assertThat(destination(OPEN, "93.184.215.14:443")).isEqualTo(new PassThrough());
        assertThat(destination(OPEN, "[2001:db8::1]:443")).isEqualTo(new PassThrough());
        assertThat(destination(CLOSED, "93.184.215.14:443"))
                .isEqualTo(new Refused("egress is closed by Mesh default (spec.egress.mode: Deny)"));
    }

    @Test
    void what_is_no_address_is_refused() {
        assertThat(destination(OPEN, "example.com:443")).isEqualTo(new Refused("example.com is not an address"));
    }

    private static Reads cluster(Mesh.EgressMode egress) {
        return reads(
                mesh(Mesh.MtlsMode.STRICT, egress, Mesh.AuthorizationDefault.ALLOW),
                member("shop"),
                service("db", "10.96.0.1", port(5432, "tcp")),
                slice("db", Map.of("tcp", 5432), DB),
                DB,
                BARE);
    }

    private static DestinationView destination(Reads reads, String address) {
        return DestinationViews.resolve(
                        reads,
                        name -> ServiceViews.resolve(
                                reads, service -> ServiceTraffic.of(reads, service), name, Clients.ANY),
                        name -> ServiceTraffic.of(reads, name),
                        SocketAddress.parse(address).orElseThrow())
                .orElseThrow();
    }
}
