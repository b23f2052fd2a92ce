// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.snapshot.ObjectName;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SettlingTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final ObjectName A = new ObjectName("shop", "a");
    private static final ObjectName B = new ObjectName("shop", "b");

    @Test
    void nothing_can_be_said_before_the_cluster_is_known() {
        var settling = new Settling(Optional::empty);

        settling.look(Set::of, START.plusSeconds(100));

        assertThat(settling.awaited()).contains("this replica has not read the whole cluster yet");
    }

    @Test
    void it_is_over_when_all_proxies_have_come() {
        var settling = new Settling(() -> Optional.of(Set.of(A, B)));

        settling.look(() -> Set.of(A), START);
        assertThat(settling.awaited()).contains("1 proxies have not connected since the operator started");

        settling.look(() -> Set.of(A, B), START.plusSeconds(2));
        assertThat(settling.awaited()).isEmpty();
    }

    @Test
    void it_does_not_begin_again_when_a_proxy_goes() {
        var settling = new Settling(() -> Optional.of(Set.of(A)));
        settling.look(() -> Set.of(A), START);

        settling.look(Set::of, START.plusSeconds(1));

        assertThat(settling.awaited()).isEmpty();
    }

    @Test
    void a_proxy_that_stays_away_does_not_hold_it_up_for_ever() {
        var settling = new Settling(() -> Optional.of(Set.of(A)));
        settling.look(Set::of, START);
        settling.look(Set::of, START.plusSeconds(29));
        assertThat(settling.awaited()).isPresent();

        settling.look(Set::of, START.plusSeconds(30));

        assertThat(settling.awaited()).isEmpty();
    }
}
