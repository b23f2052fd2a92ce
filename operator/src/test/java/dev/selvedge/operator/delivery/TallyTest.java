// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.operator.delivery.Holding.State;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TallyTest {
    private record Mark(long generation, State state) {
        State at(long wanted) {
            return state == State.CURRENT && generation != wanted ? State.PENDING : state;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void it_says_what_a_list_of_all_would_say(long seed) {
        var random = new Random(seed);
        var all = new ArrayList<Mark>();
        var tally = new Tally();
        for (int step = 0; step < 2_000; step++) {
            step(random, all, tally);
            assertThat(tally.isEmpty()).isEqualTo(all.isEmpty());
            for (long generation = 1; generation <= 3; generation++) {
                assertThat(tally.state(generation)).as("step %d", step).isEqualTo(worst(all, generation));
            }
        }
    }

    private static void step(Random random, List<Mark> all, Tally tally) {
        var next = new Mark(1 + random.nextInt(3), State.values()[random.nextInt(3)]);
        if (all.isEmpty() || random.nextInt(5) < 2) {
            tally.add(next.generation(), next.state(), 1);
            all.add(next);
            return;
        }
        var before = all.remove(random.nextInt(all.size()));
        if (random.nextBoolean()) {
            tally.subtract(before.generation(), before.state(), 1);
        } else {
            tally.shift(before.generation(), before.state(), next.state());
            all.add(new Mark(before.generation(), next.state()));
        }
    }

    private static State worst(List<Mark> all, long generation) {
        return all.stream()
                .map(mark -> mark.at(generation))
                .max(Comparator.naturalOrder())
                .orElse(State.CURRENT);
    }
}
