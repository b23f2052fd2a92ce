// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.operator.delivery.Holding.State;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/** The ledger's index by object. The caller serialises. */
final class Standings {
    private static final class Entry {
        final Map<Integer, Tally> tallies = new Int2ObjectHashMap<>();

        @Nullable
        Outcome outcome;

        /** The last answer, until something changes. */
        Summary.@Nullable Standing answer;
    }

    private final Map<ObjectRef, Entry> objects = new HashMap<>();

    Optional<Outcome> outcome(ObjectRef object) {
        return Optional.ofNullable(objects.get(object)).map(entry -> entry.outcome);
    }

    void judged(ObjectRef object, @Nullable Outcome outcome) {
        change(object, entry -> entry.outcome = outcome);
    }

    Optional<Summary.Standing> standing(ObjectRef object) {
        return Optional.ofNullable(objects.get(object)).map(entry -> answer(object, entry));
    }

    /** Of every object: one that no proxy holds anything of tells the others that its generation is compiled here. */
    List<Summary.Standing> all() {
        return objects.entrySet().stream()
                .map(entry -> answer(entry.getKey(), entry.getValue()))
                .toList();
    }

    /** A proxy has a holding; the objects that it speaks of are added to {@code touched}. */
    void add(int proxy, Holding holding, Set<ObjectRef> touched) {
        each(holding, (origin, state) -> {
            change(origin.object(), entry -> {
                var tally = entry.tallies.computeIfAbsent(proxy, _ -> new Tally());
                tally.add(origin.generation(), state);
                if (holding.refusal() != null) {
                    tally.refused(holding.resource(), holding.refusal());
                }
            });
            touched.add(origin.object());
        });
    }

    /** A proxy no longer has a holding. */
    void subtract(int proxy, Holding holding, Set<ObjectRef> touched) {
        each(holding, (origin, state) -> {
            change(origin.object(), entry -> {
                var tally = Objects.requireNonNull(entry.tallies.get(proxy));
                tally.subtract(origin.generation(), state);
                tally.accepted(holding.resource());
                if (tally.isEmpty()) {
                    entry.tallies.remove(proxy);
                }
            });
            touched.add(origin.object());
        });
    }

    /** Nothing of a proxy counts any more. */
    void forget(int proxy, Set<ObjectRef> touched) {
        for (var object : holdersOf(proxy)) {
            change(object, entry -> entry.tallies.remove(proxy));
            touched.add(object);
        }
    }

    /** Objects that a proxy holds something of. */
    List<ObjectRef> holdersOf(int proxy) {
        return objects.entrySet().stream()
                .filter(entry -> entry.getValue().tallies.containsKey(proxy))
                .map(Map.Entry::getKey)
                .toList();
    }

    private interface Change {
        void accept(Entry entry);
    }

    private void change(ObjectRef object, Change change) {
        var entry = objects.computeIfAbsent(object, _ -> new Entry());
        change.accept(entry);
        entry.answer = null;
        if (entry.outcome == null && entry.tallies.isEmpty()) {
            objects.remove(object);
        }
    }

    private static void each(Holding holding, BiConsumer<Origin, State> visitor) {
        holding.desired().forEach(origin -> visitor.accept(origin, holding.state()));
        holding.stale().forEach(origin -> visitor.accept(origin, State.PENDING));
    }

    private static Summary.Standing answer(ObjectRef object, Entry entry) {
        if (entry.answer == null) {
            var generation = entry.outcome == null ? 0 : entry.outcome.generation();
            var states = new HashMap<Integer, State>();
            entry.tallies.forEach((proxy, tally) -> states.put(proxy, tally.state(generation)));
            var refusal = entry.tallies.values().stream()
                    .flatMap(tally -> tally.refusal().stream())
                    .findFirst()
                    .map(first -> new Summary.Refusal(first.getKey(), first.getValue()))
                    .orElse(null);
            entry.answer = new Summary.Standing(object, generation, states, refusal);
        }
        return entry.answer;
    }
}
