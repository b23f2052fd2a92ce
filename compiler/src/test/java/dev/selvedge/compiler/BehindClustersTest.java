// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import static dev.selvedge.compiler.Fixtures.member;
import static dev.selvedge.compiler.Fixtures.mesh;
import static dev.selvedge.compiler.Fixtures.port;
import static dev.selvedge.compiler.Fixtures.puts;
import static dev.selvedge.compiler.Fixtures.service;
import static dev.selvedge.compiler.Fixtures.shop;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.model.Reached;
import dev.selvedge.compiler.snapshot.Service;
import org.junit.jupiter.api.Test;

/** What the names of clusters say about traffic, and which ports are not declared. */
final class BehindClustersTest {
    private static IncrementalCompiler with(Service.Port... ports) {
        var compiler = new IncrementalCompiler();
        compiler.apply(puts(mesh(), member("shop"), service("store", "10.96.0.1", ports)));
        return compiler;
    }

    @Test
    void a_cluster_for_requests_and_one_for_connections_lead_to_the_port_of_the_service() {
        var compiler = with(port(80, "web"));

        assertThat(compiler.behind("shop/store:80")).contains(new Reached(shop("store"), 80, true));
        assertThat(compiler.behind("shop/store:80/v1")).contains(new Reached(shop("store"), 80, true));
        assertThat(compiler.behind("tcp|10.96.0.1:80")).contains(new Reached(shop("store"), 80, false));
    }

    @Test
    void other_clusters_lead_nowhere() {
        var compiler = with(port(80, "web"));

        assertThat(compiler.behind("inbound")).isEmpty();
        assertThat(compiler.behind("shop/other:80")).isEmpty();
        assertThat(compiler.behind("tcp|10.96.0.9:80")).isEmpty();
    }

    @Test
    void only_a_port_of_which_nothing_is_said_is_detected() {
        var compiler = with(port(80, "web"), port(81, "http-web"), port(82, "tcp"), port(3306, "store"));

        assertThat(compiler.isDetected(shop("store"), 80)).isTrue();
        assertThat(compiler.isDetected(shop("store"), 81)).isFalse();
        assertThat(compiler.isDetected(shop("store"), 82)).isFalse();
        assertThat(compiler.isDetected(shop("store"), 3306))
                .as("servers of it speak first")
                .isFalse();
        assertThat(compiler.isDetected(shop("store"), 83)).as("no such port").isFalse();
        assertThat(compiler.isDetected(shop("other"), 80)).isFalse();
    }
}
