// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import dev.selvedge.operator.delivery.Holding.State;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Counts what the resources on one proxy say about one object, by generation and state. */
final class Tally {
    private record Mark(long generation, State state) {}

    /** Nearly always all resources carry one generation in one state, and that needs no map. */
    private long generation;

    private State state = State.CURRENT;
    private int count;

    /** Whatever differs from those. */
    private Map<Mark, Integer> others = Map.of();

    private Map<String, String> refusals = Map.of();

    void add(long generation, State state) {
        if (count == 0) {
            this.generation = generation;
            this.state = state;
            count = 1;
        } else if (this.generation == generation && this.state == state) {
            count++;
        } else {
            if (others.isEmpty()) {
                others = HashMap.newHashMap(2);
            }
            others.merge(new Mark(generation, state), 1, Integer::sum);
        }
    }

    void subtract(long generation, State state) {
        if (count > 0 && this.generation == generation && this.state == state) {
            count--;
        } else if (!others.isEmpty()) {
            others.computeIfPresent(new Mark(generation, state), (_, times) -> times == 1 ? null : times - 1);
        }
        if (count == 0 && !others.isEmpty()) {
            var next = others.entrySet().iterator().next();
            this.generation = next.getKey().generation();
            this.state = next.getKey().state();
            count = next.getValue();
            others.remove(next.getKey());
        }
        if (others.isEmpty()) {
            others = Map.of();
        }
    }

    void refused(String resource, String message) {
        var more = new TreeMap<>(refusals);
        more.put(resource, message);
        refusals = more;
    }

    void accepted(String resource) {
        if (refusals.containsKey(resource)) {
            var fewer = new TreeMap<>(refusals);
            fewer.remove(resource);
            refusals = fewer;
        }
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Where the proxy stands with the object: current only when all its resources carry exactly this generation. */
    State state(long generation) {
        var worst = count == 0 ? State.CURRENT : effective(new Mark(this.generation, this.state), generation);
        for (var mark : others.keySet()) {
            var state = effective(mark, generation);
            worst = state.compareTo(worst) > 0 ? state : worst;
        }
        return worst;
    }

    private static State effective(Mark mark, long generation) {
        return mark.state() == State.CURRENT && mark.generation() != generation ? State.PENDING : mark.state();
    }

    /** The first refusal by resource name. */
    Optional<Map.Entry<String, String>> refusal() {
        return refusals.entrySet().stream().findFirst();
    }
}
