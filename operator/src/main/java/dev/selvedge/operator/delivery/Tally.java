// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import dev.selvedge.operator.delivery.Holding.State;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** Counts what the resources on one proxy say about one object, by generation and state. */
class Tally {
    private record Mark(long generation, State state) {}

    private static final Comparator<Summary.Refusal> BY_RESOURCE =
            Comparator.comparing(Summary.Refusal::resource).thenComparing(Summary.Refusal::message);

    /** Nearly always all resources carry one generation, and that needs no map. */
    private long generation;

    private int current;
    private int pending;
    private int rejecting;

    /** Whatever carries another. */
    private Map<Mark, Integer> others = Map.of();

    /** Resources of several types can have one name. */
    private SortedSet<Summary.Refusal> refusals = Collections.emptySortedSet();

    void add(long generation, State state, int resources) {
        if (isEmpty()) {
            this.generation = generation;
        }
        if (this.generation == generation) {
            count(state, resources);
            return;
        }
        if (others.isEmpty()) {
            others = HashMap.newHashMap(2);
        }
        others.merge(new Mark(generation, state), resources, Integer::sum);
    }

    void subtract(long generation, State state, int resources) {
        if (this.generation == generation) {
            count(state, -resources);
        } else {
            others.computeIfPresent(new Mark(generation, state), (_, all) -> all == resources ? null : all - resources);
        }
        if (isEmpty() && !others.isEmpty()) {
            var left = others;
            others = Map.of();
            left.forEach((mark, times) -> add(mark.generation(), mark.state(), times));
        }
    }

    /** What was in one state is in another. */
    void shift(long generation, State from, State to) {
        if (this.generation == generation) {
            count(from, -1);
            count(to, 1);
        } else {
            subtract(generation, from, 1);
            add(generation, to, 1);
        }
    }

    private void count(State state, int more) {
        switch (state) {
            case CURRENT -> current += more;
            case PENDING -> pending += more;
            case REJECTING -> rejecting += more;
        }
    }

    void refused(Summary.Refusal refusal) {
        if (refusals.isEmpty()) {
            refusals = new TreeSet<>(BY_RESOURCE);
        }
        refusals.add(refusal);
    }

    /** That refusal is over. */
    void accepted(Summary.Refusal refusal) {
        refusals.remove(refusal);
    }

    /** Others are counted apart only beside the one generation. */
    boolean isEmpty() {
        return current == 0 && pending == 0 && rejecting == 0;
    }

    /** Where the proxy stands with the object: current only when all its resources carry exactly this generation. */
    State state(long generation) {
        var isOther = this.generation != generation && current > 0;
        var worst = rejecting > 0 ? State.REJECTING : pending > 0 || isOther ? State.PENDING : State.CURRENT;
        for (var mark : others.keySet()) {
            var state = mark.state() == State.CURRENT && mark.generation() != generation ? State.PENDING : mark.state();
            worst = state.compareTo(worst) > 0 ? state : worst;
        }
        return worst;
    }

    /** The first refusal by resource name. */
    Optional<Summary.Refusal> refusal() {
        return refusals.stream().findFirst();
    }
}
