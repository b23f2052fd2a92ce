// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class DividedWeightsTest {
    @Test
    void what_is_not_divided_stays_as_written() {
        assertThat(DividedWeights.of(List.of(10, 30), List.of(List.of(1), List.of(1))))
                .containsExactly(List.of(10), List.of(30));
        assertThat(DividedWeights.of(List.of(), List.of())).isEmpty();
    }

    @Test
    void each_share_keeps_what_it_had() {
        assertThat(DividedWeights.of(List.of(1, 1), List.of(List.of(90, 10), List.of(1, 1, 1))))
                .containsExactly(List.of(27, 3), List.of(10, 10, 10));
        assertThat(DividedWeights.of(List.of(3, 0), List.of(List.of(1, 0), List.of(2, 2))))
                .containsExactly(List.of(1, 0), List.of(0, 0));
        assertThat(DividedWeights.of(List.of(1, 1), List.of(List.of(0, 0), List.of(1))))
                .containsExactly(List.of(0, 0), List.of(1));
    }

    @Test
    void large_numbers_are_rounded_but_never_to_nothing() {
        var divided =
                DividedWeights.of(List.of(1_000_000, 1), List.of(List.of(999_999, 1), List.of(999_983, 1_000_000)));

        assertThat(divided).containsExactly(List.of(1_000_000, 1), List.of(1, 1));
    }
}
