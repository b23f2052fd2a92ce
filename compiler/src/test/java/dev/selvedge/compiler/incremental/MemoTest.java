// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.incremental;

import static dev.selvedge.compiler.Fixtures.pod;
import static dev.selvedge.compiler.Fixtures.puts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.selvedge.compiler.Fixtures;
import dev.selvedge.compiler.snapshot.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class MemoTest {
    /** What was computed, in order. */
    private static final List<Object> LOG = new ArrayList<>();

    private final Memo memo = new Memo();

    MemoTest() {
        LOG.clear();
    }

    /** The value of a label of a pod. */
    record Label(String pod, String label) implements Query<String> {
        @Override
        public String compute(Computation computation) {
            LOG.add(this);
            return computation
                    .reads()
                    .pod(Fixtures.shop(pod))
                    .map(found -> found.labels().getOrDefault(label, ""))
                    .orElse("");
        }
    }

    /** The label that a pod's label {@code next} names. */
    record Indirect(String pod) implements Query<String> {
        @Override
        public String compute(Computation computation) {
            LOG.add(this);
            var next = computation.get(new Label(pod, "next"));
            return next.isEmpty() ? "" : computation.get(new Label(pod, next));
        }
    }

    /** The length of another result. */
    record Length(Query<String> of) implements Query<Integer> {
        @Override
        public Integer compute(Computation computation) {
            LOG.add(this);
            return computation.get(of).length();
        }
    }

    record Itself() implements Query<String> {
        @Override
        public String compute(Computation computation) {
            return computation.get(this);
        }
    }

    /** Fails while the pod's label is {@code bad}. */
    record Fallible(String pod) implements Query<String> {
        @Override
        public String compute(Computation computation) {
            var label = computation.get(new Label(pod, "is"));
            if (label.equals("bad")) {
                throw new IllegalArgumentException(label);
            }
            return label;
        }
    }

    @Test
    void a_result_is_computed_once() {
        memo.retain(new Label("a", "is"));
        memo.retain(new Label("a", "is"));

        assertThat(LOG).containsExactly(new Label("a", "is"));
    }

    @Test
    void a_change_of_one_object_leaves_what_read_another() {
        memo.retain(new Label("a", "is"));
        memo.retain(new Label("b", "is"));
        LOG.clear();

        assertThat(memo.apply(puts(labelled("a", Map.of("is", "new"))))).containsExactly(new Label("a", "is"));
        assertThat(LOG).containsExactly(new Label("a", "is"));
    }

    @Test
    void what_comes_out_equal_goes_no_further() {
        memo.apply(puts(labelled("a", Map.of("is", "red"))));
        var length = new Length(new Label("a", "is"));
        memo.retain(new Length(length.of()));
        LOG.clear();

        assertThat(memo.apply(puts(labelled("a", Map.of("is", "red", "other", "x")))))
                .isEmpty();
        assertThat(LOG).containsExactly(length.of());

        assertThat(memo.apply(puts(labelled("a", Map.of("is", "tan"))))).isEmpty();
        assertThat(memo.apply(puts(labelled("a", Map.of("is", "blue"))))).containsExactly(length);
    }

    @Test
    void a_query_that_turns_to_another_result_finds_that_current() {
        memo.apply(puts(labelled("a", Map.of("next", "red", "red", "1", "blue", "2"))));
        var blue = new Length(new Label("a", "blue"));
        memo.retain(new Indirect("a"));
        memo.retain(blue);

        memo.apply(puts(labelled("a", Map.of("next", "blue", "red", "1", "blue", "333"))));

        assertThat(memo.retain(new Indirect("a"))).isEqualTo("333");
        assertThat(memo.retain(blue)).isEqualTo(3);
    }

    @Test
    void nothing_is_kept_that_nobody_needs() {
        memo.apply(puts(labelled("a", Map.of("next", "red"))));
        memo.retain(new Indirect("a"));
        assertThat(memo.size()).isEqualTo(3);

        memo.apply(puts(labelled("a", Map.of("next", ""))));
        assertThat(memo.size()).isEqualTo(2);

        memo.release(new Indirect("a"));
        assertThat(memo.size()).isZero();
        LOG.clear();
        memo.apply(puts(labelled("a", Map.of("next", "blue"))));
        assertThat(LOG).isEmpty();
    }

    @Test
    void what_another_result_needs_survives_its_release() {
        memo.retain(new Indirect("a"));
        memo.retain(new Label("a", "next"));

        memo.release(new Label("a", "next"));

        assertThat(memo.size()).isEqualTo(2);
    }

    @Test
    void after_a_failure_the_last_good_result_stands_and_nobody_else_is_held_back() {
        memo.apply(puts(labelled("a", Map.of("is", "good"))));
        memo.retain(new Length(new Fallible("a")));
        memo.retain(new Label("b", "is"));

        assertThat(memo.apply(puts(labelled("a", Map.of("is", "bad")), labelled("b", Map.of("is", "good")))))
                .containsExactly(new Label("b", "is"));
        assertThat(memo.retain(new Length(new Fallible("a")))).isEqualTo(4);
        assertThat(memo.failures()).containsOnlyKeys(new Fallible("a"));

        memo.apply(puts(labelled("a", Map.of("is", "better"))));
        assertThat(memo.retain(new Length(new Fallible("a")))).isEqualTo(6);
        assertThat(memo.failures()).isEmpty();
    }

    @Test
    void a_failure_without_a_last_good_result_is_thrown_until_it_is_mended() {
        memo.apply(puts(labelled("a", Map.of("is", "bad"))));
        assertThatIllegalArgumentException().isThrownBy(() -> memo.retain(new Length(new Fallible("a"))));

        memo.apply(puts(labelled("a", Map.of("is", "fine"))));
        assertThat(memo.retain(new Length(new Fallible("a")))).isEqualTo(4);

        memo.apply(puts(labelled("a", Map.of("is", "bad"))));
        memo.release(new Length(new Fallible("a")));
        assertThat(memo.failures()).isEmpty();
    }

    @Test
    void a_query_that_needs_itself_fails() {
        assertThatIllegalStateException().isThrownBy(() -> memo.retain(new Itself()));
    }

    private static Pod labelled(String name, Map<String, String> labels) {
        var pod = pod(name, "v1", "10.0.0.1");
        return new Pod(Fixtures.shop(name), pod.uid(), pod.ips(), labels, pod.serviceAccount(), pod.proxy());
    }
}
