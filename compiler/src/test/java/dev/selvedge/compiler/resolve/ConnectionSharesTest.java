// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.Fixtures;
import dev.selvedge.compiler.model.EndpointsView;
import dev.selvedge.compiler.model.EndpointsView.Endpoint;
import dev.selvedge.compiler.model.EndpointsView.ZoneUse;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Backend;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ConnectionSharesTest {
    private static final Endpoint A = endpoint("10.1.0.1");
    private static final Endpoint B = endpoint("10.1.0.2");
    private static final Endpoint C = endpoint("10.1.0.3");
    private static final Endpoint D = endpoint("10.1.0.4");

    @Test
    void subsets_get_their_shares_however_many_pods_each_has() {
        var view = shares(
                Map.of("v1", List.of(A, B, C), "v2", List.of(D)), Fixtures.subset("v1", 3), Fixtures.subset("v2", 1));

        assertThat(view.zones()).isEqualTo(Map.of("v1", new ZoneUse(0, 750_000), "v2", new ZoneUse(0, 250_000)));
        assertThat(view.endpoints())
                .extracting(endpoint -> endpoint.address() + " " + endpoint.zone())
                .containsExactly("10.1.0.1 v1", "10.1.0.2 v1", "10.1.0.3 v1", "10.1.0.4 v2");
    }

    @Test
    void a_pod_in_two_subsets_has_a_part_of_the_share_of_each() {
        var view = shares(
                Map.of("", List.of(A, B, C, D), "v2", List.of(C, D)),
                new Backend(Optional.empty(), 80),
                Fixtures.subset("v2", 20));

        assertThat(view.zones()).isEqualTo(Map.of("*", new ZoneUse(0, 400_000), "*+v2", new ZoneUse(0, 600_000)));
    }

    @Test
    void a_subset_without_pods_leaves_its_share_to_the_others_and_one_without_a_share_gets_nothing() {
        var view = shares(
                Map.of("v1", List.of(A), "v2", List.of(), "v3", List.of(C)),
                Fixtures.subset("v1", 1),
                Fixtures.subset("v2", 9),
                Fixtures.subset("v3", 0));

        assertThat(view.zones()).isEqualTo(Map.of("v1", new ZoneUse(0, 1_000_000)));
        assertThat(view.endpoints()).hasSize(1);
    }

    @Test
    void a_subset_that_is_named_twice_has_both_shares() {
        var view = shares(
                Map.of("v1", List.of(A), "v2", List.of(B)),
                Fixtures.subset("v1", 1),
                Fixtures.subset("v2", 2),
                Fixtures.subset("v1", 1));

        assertThat(view.zones()).isEqualTo(Map.of("v1", new ZoneUse(0, 500_000), "v2", new ZoneUse(0, 500_000)));
    }

    @Test
    void without_pods_there_is_nobody() {
        assertThat(shares(Map.of(), Fixtures.subset("v1", 1)).endpoints()).isEmpty();
    }

    private static EndpointsView shares(Map<String, List<Endpoint>> members, Backend... backends) {
        return ConnectionShares.of(
                new ClusterName(Fixtures.shop("db"), 5432, Optional.empty()),
                List.of(backends),
                subset -> members.getOrDefault(subset.orElse(""), List.of()));
    }

    private static Endpoint endpoint(String address) {
        return new Endpoint(address, 5432, true, false, "a");
    }
}
