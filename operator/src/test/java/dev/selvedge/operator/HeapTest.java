// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class HeapTest {
    private static final long MB = 1 << 20;

    private long used;
    private long living = 50 * MB;
    private int collections;
    private final Heap heap = new Heap(() -> used, () -> {
        collections++;
        used = living;
    });

    @BeforeEach
    void what_the_start_left_behind_is_collected() {
        giveBack(90 * MB);
        assertThat(collections).isEqualTo(1);
        assertThat(used).isEqualTo(50 * MB);
    }

    @Test
    void it_is_collected_again_when_it_has_doubled() {
        giveBack(99 * MB);
        assertThat(collections).isEqualTo(1);
        giveBack(100 * MB);
        assertThat(collections).isEqualTo(2);
    }

    @Test
    void what_lives_by_then_is_not_collected_again_and_again() {
        living = 100 * MB;
        giveBack(100 * MB);
        giveBack(100 * MB);
        assertThat(collections).isEqualTo(2);
    }

    @Test
    void little_is_left_alone_and_what_the_jvm_collects_by_itself_counts() {
        giveBack(10 * MB);
        giveBack(41 * MB);
        assertThat(collections).isEqualTo(1);
        giveBack(42 * MB);
        assertThat(collections).isEqualTo(2);
    }

    /** @param now so much is in use by then */
    private void giveBack(long now) {
        used = now;
        heap.giveBack();
    }
}
