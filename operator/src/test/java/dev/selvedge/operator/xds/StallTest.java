// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class StallTest {
    private static final Instant START = Instant.EPOCH;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Stall stall = new Stall();

    private boolean lasts(long second, long taken) {
        return stall.lasts(START.plusSeconds(second), taken, PATIENCE);
    }

    @Test
    void one_that_takes_nothing_is_given_up_when_patience_ends() {
        assertThat(lasts(0, 70_000)).isFalse();
        assertThat(lasts(29, 70_000)).isFalse();
        assertThat(lasts(30, 70_000)).isTrue();
    }

    @Test
    void one_that_is_slow_is_not() {
        for (int second = 0; second < 600; second += 20) {
            assertThat(lasts(second, second * Stall.PROGRESS)).isFalse();
        }
    }

    @Test
    void pings_are_no_progress() {
        assertThat(lasts(0, 0)).isFalse();
        assertThat(lasts(15, 300)).isFalse();
        assertThat(lasts(30, 600)).isTrue();
    }

    @Test
    void patience_begins_anew_when_everything_was_taken() {
        assertThat(lasts(0, 0)).isFalse();
        stall.over();
        assertThat(lasts(40, 0)).isFalse();
        assertThat(lasts(70, 0)).isTrue();
    }
}
