// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static dev.selvedge.compiler.Fixtures.mesh;
import static dev.selvedge.compiler.Fixtures.pod;
import static dev.selvedge.compiler.Fixtures.port;
import static dev.selvedge.compiler.Fixtures.reads;
import static dev.selvedge.compiler.Fixtures.service;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ClusterRangesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.0",
                "10.255.255.255",
                "100.64.0.0",
                "100.127.255.255",
                "127.0.0.1",
                "169.254.169.254",
                "172.16.0.0",
                "172.31.255.255",
                "192.168.255.1",
                "::1",
                "fc00::1",
                "fdff::1",
                "fe80::1",
                "febf::1"
            })
    void private_addresses_are_inside_and_say_nothing_more(String address) {
        assertThat(isInside(address, mesh())).isTrue();
        assertThat(reads(pod("a", "v1", address)).publicRanges()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.169.0.1",
                "203.0.113.7",
                "2001:db8:1:2::3",
                "fec0::1",
                "::2"
            })
    void public_addresses_are_outside_unless_a_pod_or_a_service_is_near(String address) {
        assertThat(isInside(address, mesh())).isFalse();
        assertThat(isInside(address, mesh(), pod("a", "v1", address))).isTrue();
        assertThat(isInside(address, mesh(), service("a", address, port(80, "http"))))
                .isTrue();
    }

    @Test
    void the_ranges_of_services_are_inside() {
        assertThat(ClusterRanges.of(List.of("203.0.113.0/24", "wrong"), List.of()))
                .contains(Cidr.parse("203.0.113.0/24").orElseThrow())
                .doesNotHaveDuplicates();
    }

    @Test
    void the_surroundings_of_an_address_are_as_wide_as_a_cluster() {
        assertThat(reads(pod("a", "v1", "203.0.113.7"), pod("a", "v2", "203.0.1.1"), pod("a", "v3", "2001:db8:1:2::3"))
                        .publicRanges())
                .containsExactly("2001:db8:1:2:0:0:0:0/64", "203.0.0.0/16");
    }

    private static boolean isInside(String address, SnapshotObject... objects) {
        var ip = Cidr.address(address).orElseThrow();
        return ClusterRanges.of(reads(objects)).stream().anyMatch(range -> range.contains(ip));
    }
}
