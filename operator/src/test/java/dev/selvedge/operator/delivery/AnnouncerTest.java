// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.reconciler.status.StatusWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class AnnouncerTest {
    private static final ObjectRef MESH = ObjectRef.of(Kind.MESH, "", "default");
    private static final ObjectRef A = policy("a");
    private static final ObjectRef B = policy("b");

    /** Time passes when it is told to. */
    private static final class Time {
        private record Task(Instant due, Runnable run) {}

        private Instant now = Instant.EPOCH;
        private final PriorityQueue<Task> tasks = new PriorityQueue<>(Comparator.comparing(Task::due));

        void after(Duration wait, Runnable run) {
            tasks.add(new Task(now.plus(wait), run));
        }

        void pass(Duration by) {
            var end = now.plus(by);
            while (!tasks.isEmpty() && !tasks.peek().due().isAfter(end)) {
                var next = tasks.remove();
                now = next.due();
                next.run().run();
            }
            now = end;
        }
    }

    private final Time time = new Time();
    private boolean crowd;
    private final Announcer announcer =
            new Announcer(time::after, ((InstantSource) () -> time.now).withZone(ZoneOffset.UTC), () -> crowd);
    private final List<ObjectRef> told = new ArrayList<>();

    AnnouncerTest() {
        announcer.onChange(told::add);
    }

    private static ObjectRef policy(String name) {
        return ObjectRef.of(Kind.TRAFFIC_POLICY, "shop", name);
    }

    private static Set<ObjectRef> policies(int number) {
        return Set.copyOf(
                IntStream.range(0, number).mapToObj(i -> policy("p" + i)).toList());
    }

    private void news(ObjectRef... objects) {
        announcer.changed(Set.of(objects), false);
    }

    private void counts(ObjectRef... objects) {
        announcer.changed(Set.of(objects), true);
    }

    private List<ObjectRef> toldWithin(Duration time) {
        told.clear();
        this.time.pass(time);
        return List.copyOf(told);
    }

    @Test
    void changes_that_fall_together_are_told_once() {
        news(A);
        news(A, B);
        counts(A);

        assertThat(toldWithin(Duration.ofMinutes(1))).containsExactlyInAnyOrder(A, B);
    }

    @Test
    void counts_let_the_change_go_out_first() {
        counts(A);
        news(B);

        assertThat(toldWithin(Announcer.GATHER)).containsExactly(B);
        assertThat(toldWithin(Announcer.GATHER_COUNTS)).containsExactly(A);
    }

    @Test
    void an_object_that_was_told_of_is_told_of_again_when_its_status_can_be_written() {
        news(A);
        assertThat(toldWithin(Announcer.GATHER)).containsExactly(A);
        news(A);
        counts(A);

        assertThat(toldWithin(StatusWriter.PAUSE)).isEmpty();
        assertThat(toldWithin(Announcer.REST)).containsExactly(A);
    }

    @Test
    void counts_of_many_objects_are_told_at_a_pace() {
        var many = policies(1000);
        int number = 0;
        for (int i = 0; i < 600; i++) {
            announcer.changed(many, true);
            number += toldWithin(Duration.ofMillis(100)).size();
        }

        assertThat(number).isBetween(3000, 4000);
    }

    @Test
    void it_is_one_pace_for_counts_that_change_apart() {
        var many = List.copyOf(policies(1000));
        int number = 0;
        for (int i = 0; i < 600; i++) {
            announcer.changed(many.subList(i * 100 % 1000, i * 100 % 1000 + 100), true);
            number += toldWithin(Duration.ofMillis(100)).size();
        }

        assertThat(number).isBetween(3000, 4000);
    }

    @Test
    void neither_an_edit_nor_what_becomes_of_it_waits_for_the_pace() {
        announcer.changed(policies(1000), true);
        assertThat(toldWithin(Announcer.REST.plus(Announcer.GATHER_COUNTS))).hasSize(1000);
        var edited = policy("p7");
        announcer.changed(policies(1000), true);
        news(edited);

        assertThat(toldWithin(Announcer.GATHER)).containsExactly(edited);
        counts(edited);
        assertThat(toldWithin(Announcer.REST.plus(Announcer.GATHER_COUNTS))).containsExactly(edited);
    }

    @Test
    void a_mesh_does_not_wait_for_the_pace() {
        announcer.changed(policies(1000), true);
        counts(MESH);
        assertThat(toldWithin(Announcer.REST.plus(Announcer.GATHER_COUNTS))).contains(MESH);
        counts(MESH);

        assertThat(toldWithin(Announcer.GATHER_COUNTS)).containsExactly(MESH);
    }

    @Test
    void counts_wait_for_the_end_of_a_crowd() {
        crowd = true;
        counts(A, MESH);
        news(B);
        assertThat(toldWithin(Duration.ofSeconds(29))).containsExactly(B, MESH);
        crowd = false;
        counts(A);

        assertThat(toldWithin(Announcer.GATHER_COUNTS)).containsExactly(A);
    }

    @Test
    void counts_wait_for_half_a_minute_at_most() {
        crowd = true;
        counts(A);
        assertThat(toldWithin(Announcer.LONGEST_WAIT.minusSeconds(1))).isEmpty();
        time.pass(Duration.ofSeconds(1));
        news(B);
        time.pass(Announcer.GATHER);
        counts(A, B);

        assertThat(toldWithin(Announcer.GATHER_COUNTS)).containsExactly(A);
        assertThat(toldWithin(StatusWriter.CALM)).containsExactly(B);
    }
}
