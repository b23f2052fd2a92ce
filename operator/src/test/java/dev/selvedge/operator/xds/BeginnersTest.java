// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import static dev.selvedge.operator.xds.Beginners.ARRIVAL;
import static dev.selvedge.operator.xds.Beginners.AT_ONCE;
import static dev.selvedge.operator.xds.Beginners.LULL;
import static dev.selvedge.operator.xds.Beginners.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class BeginnersTest {
    private static final Instant START = Instant.EPOCH;

    private final Beginners beginners = new Beginners();
    private final List<Integer> begun = new ArrayList<>();

    private final class Stream implements Beginners.Beginner {
        private final int number;

        Stream(int number) {
            this.number = number;
        }

        @Override
        public void begin() {
            begun.add(number);
        }
    }

    private List<Stream> come(int count) {
        var streams = IntStream.range(0, count).mapToObj(Stream::new).toList();
        streams.forEach(stream -> beginners.add(stream, START));
        return streams;
    }

    private static List<Integer> upTo(int end) {
        return IntStream.range(0, end).boxed().toList();
    }

    @Test
    void a_few_begin_at_once_and_the_next_when_one_is_served() {
        var streams = come(AT_ONCE + 2);
        assertThat(begun).isEqualTo(upTo(AT_ONCE));

        beginners.done(streams.get(7), START);
        assertThat(begun).isEqualTo(upTo(AT_ONCE + 1));
    }

    @Test
    void one_that_leaves_while_it_waits_is_passed_over() {
        var streams = come(AT_ONCE + 2);
        beginners.done(streams.get(AT_ONCE), START);
        assertThat(begun).as("it held no place").isEqualTo(upTo(AT_ONCE));

        beginners.done(streams.getFirst(), START);
        assertThat(begun).doesNotContain(AT_ONCE).endsWith(AT_ONCE + 1);
    }

    @Test
    void those_that_do_not_get_on_give_their_places_to_the_next() {
        come(2 * AT_ONCE);
        beginners.tick(START.plus(PATIENCE));
        assertThat(begun).hasSize(AT_ONCE);

        beginners.tick(START.plus(PATIENCE).plusMillis(1));
        assertThat(begun).isEqualTo(upTo(2 * AT_ONCE));
    }

    @Test
    void one_that_is_served_after_its_patience_frees_no_second_place() {
        var streams = come(3 * AT_ONCE);
        beginners.tick(START.plus(PATIENCE).plusMillis(1));
        beginners.done(streams.getFirst(), START.plus(PATIENCE).plusMillis(2));
        assertThat(begun).hasSize(2 * AT_ONCE);
    }

    @Test
    void there_is_a_crowd_until_the_last_few_are_served() {
        var streams = come(AT_ONCE + 1);
        var later = START.plus(LULL);
        assertThat(beginners.isCrowd(START)).isTrue();
        beginners.tick(later);
        assertThat(beginners.isCrowd(later)).as("nobody is served").isTrue();

        beginners.done(streams.getFirst(), START);
        assertThat(beginners.isCrowd(later)).isFalse();
    }

    @Test
    void those_that_come_quickly_and_are_served_at_once_are_a_crowd_too() {
        come(AT_ONCE + 1).forEach(stream -> beginners.done(stream, START));
        assertThat(beginners.isCrowd(START.plus(LULL).minusMillis(1))).isTrue();
        assertThat(beginners.isCrowd(START.plus(LULL))).isFalse();
    }

    @Test
    void those_that_come_one_by_one_are_none() {
        for (int i = 0; i <= AT_ONCE; i++) {
            var now = START.plus(LULL.multipliedBy(i).dividedBy(AT_ONCE));
            var stream = new Stream(i);
            beginners.add(stream, now);
            beginners.done(stream, now);
            assertThat(beginners.isCrowd(now)).isFalse();
        }
    }

    @Test
    void those_that_are_never_served_are_no_crowd_for_ever() {
        come(AT_ONCE + 1);
        var later = START.plus(ARRIVAL).plusMillis(1);
        beginners.tick(later);
        assertThat(beginners.isCrowd(later)).isFalse();
    }

    @Test
    void everybody_begins_once() {
        var streams = come(1_000);
        for (int i = 0; i < streams.size(); i++) {
            beginners.done(streams.get(i), START);
            beginners.done(streams.get(i), START);
        }
        assertThat(begun).isEqualTo(upTo(1_000));
    }
}
