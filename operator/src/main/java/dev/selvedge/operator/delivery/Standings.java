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
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/** The ledger's index by object. The caller serialises. */
final class Standings {
    private static final class Entry {
        final Int2ObjectHashMap<Tally> tallies = new Int2ObjectHashMap<>();

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
        var entry = objects.computeIfAbsent(object, _ -> new Entry());
        entry.outcome = outcome;
        changed(object, entry);
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
        for (var origin : holding.desired()) {
            add(proxy, holding, origin, holding.state(), touched);
        }
        for (var origin : holding.stale()) {
            add(proxy, holding, origin, State.PENDING, touched);
        }
    }

    private void add(int proxy, Holding holding, Origin origin, State state, Set<ObjectRef> touched) {
        var entry = objects.computeIfAbsent(origin.object(), _ -> new Entry());
        var tally = entry.tallies.get(proxy);
        if (tally == null) {
            tally = new Tally();
            entry.tallies.put(proxy, tally);
        }
        tally.add(origin.generation(), state);
        if (holding.refusal() != null) {
            tally.refused(holding.resource(), holding.refusal());
        }
        entry.answer = null;
        touched.add(origin.object());
    }

    /** A proxy no longer has a holding. */
    void subtract(int proxy, Holding holding, Set<ObjectRef> touched) {
        for (var origin : holding.desired()) {
            subtract(proxy, holding, origin, holding.state(), touched);
        }
        for (var origin : holding.stale()) {
            subtract(proxy, holding, origin, State.PENDING, touched);
        }
    }

    private void subtract(int proxy, Holding holding, Origin origin, State state, Set<ObjectRef> touched) {
        var entry = Objects.requireNonNull(objects.get(origin.object()));
        var tally = Objects.requireNonNull(entry.tallies.get(proxy));
        tally.subtract(origin.generation(), state);
        tally.accepted(holding.resource());
        if (tally.isEmpty()) {
            entry.tallies.remove(proxy);
        }
        changed(origin.object(), entry);
        touched.add(origin.object());
    }

    /** Nothing of a proxy counts any more. */
    void forget(int proxy, Set<ObjectRef> touched) {
        for (var object : holdersOf(proxy)) {
            var entry = Objects.requireNonNull(objects.get(object));
            entry.tallies.remove(proxy);
            changed(object, entry);
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

    private void changed(ObjectRef object, Entry entry) {
        entry.answer = null;
        if (entry.outcome == null && entry.tallies.isEmpty()) {
            objects.remove(object);
        }
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
