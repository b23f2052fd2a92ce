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

    private final Map<Mark, Integer> marks = HashMap.newHashMap(2);
    private Map<String, String> refusals = Map.of();

    void add(long generation, State state) {
        marks.merge(new Mark(generation, state), 1, Integer::sum);
    }

    void subtract(long generation, State state) {
        marks.computeIfPresent(new Mark(generation, state), (_, count) -> count == 1 ? null : count - 1);
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
        return marks.isEmpty();
    }

    /** Where the proxy stands with the object: current only when all its resources carry exactly this generation. */
    State state(long generation) {
        var worst = State.CURRENT;
        for (var mark : marks.keySet()) {
            var state = mark.state() == State.CURRENT && mark.generation() != generation ? State.PENDING : mark.state();
            worst = state.compareTo(worst) > 0 ? state : worst;
        }
        return worst;
    }

    /** The first refusal by resource name. */
    Optional<Map.Entry<String, String>> refusal() {
        return refusals.entrySet().stream().findFirst();
    }
}
