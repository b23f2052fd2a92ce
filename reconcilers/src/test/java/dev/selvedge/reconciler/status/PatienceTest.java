// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.api.v1alpha1.TrafficPolicy;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import org.junit.jupiter.api.Test;

final class PatienceTest {
    private final Patience patience = new Patience();

    @Test
    void what_is_known_is_written_at_once() {
        assertThat(patience.instead(policy(1), true, false)).isEmpty();
    }

    @Test
    void what_is_not_known_is_written_when_it_is_still_not_known_after_a_pause() {
        var first = patience.instead(policy(1), false, false).orElseThrow();
        assertThat(first.isNoUpdate()).isTrue();
        assertThat(first.getScheduleDelay()).contains(StatusWriter.PAUSE.toMillis());
        assertThat(patience.instead(policy(1), false, false)).isEmpty();
    }

    @Test
    void each_generation_has_its_own_pause() {
        patience.instead(policy(1), false, false);

        assertThat(patience.instead(policy(2), false, false)).isPresent();
    }

    @Test
    void a_status_that_speaks_of_this_generation_stays_until_more_is_known() {
        assertThat(patience.instead(policy(1), false, true).orElseThrow().isNoUpdate())
                .isTrue();
        assertThat(patience.instead(policy(1), false, true)).isPresent();
        assertThat(patience.instead(policy(1), true, true)).isEmpty();
    }

    private static TrafficPolicy policy(long generation) {
        var policy = new TrafficPolicy();
        policy.setMetadata(
                new ObjectMetaBuilder().withUid("u").withGeneration(generation).build());
        return policy;
    }
}
