// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.operator.delivery.Holding.State;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/** The ledger's index by object. The caller serialises. */
final class Standings {
    private static final class Entry {
        final Int2ObjectHashMap<Tally> tallies = new Int2ObjectHashMap<>();

        @Nullable
        Outcome outcome;

        /** The round in which it was last touched. */
        long touched;

        /** The last answer, until something changes. */
        Summary.@Nullable Standing answer;
    }

    private final Map<ObjectRef, Entry> objects = new HashMap<>();
    private List<ObjectRef> touched = new ArrayList<>();
    private long round = 1;

    /** The objects that were touched since the last time. */
    Collection<ObjectRef> touched() {
        var objects = touched;
        touched = new ArrayList<>();
        round++;
        return objects;
    }

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

    /** What a proxy holds has changed. */
    void move(int proxy, @Nullable Holding before, @Nullable Holding after) {
        if (before != null && after != null && isShift(before, after)) {
            for (var origin : after.desired()) {
                shift(proxy, origin, before.state(), after.state());
            }
            return;
        }
        if (before != null) {
            subtract(proxy, before);
        }
        if (after != null) {
            add(proxy, after);
        }
    }

    /** Whether nothing but the state is different: that is so whenever a proxy acknowledges what is new to it. */
    @SuppressWarnings("ReferenceEquality")
    private static boolean isShift(Holding before, Holding after) {
        return before.desired() == after.desired()
                && before.stale().isEmpty()
                && after.stale().isEmpty()
                && before.refusal() == null
                && after.refusal() == null;
    }

    private void shift(int proxy, Origin origin, State from, State to) {
        var entry = Objects.requireNonNull(objects.get(origin.object()));
        Objects.requireNonNull(entry.tallies.get(proxy)).shift(origin.generation(), from, to);
        touch(origin.object(), entry);
    }

    private void touch(ObjectRef object, Entry entry) {
        entry.answer = null;
        if (entry.touched != round) {
            entry.touched = round;
            touched.add(object);
        }
    }

    private void add(int proxy, Holding holding) {
        for (var origin : holding.desired()) {
            add(proxy, holding, origin, holding.state());
        }
        for (var origin : holding.stale()) {
            add(proxy, holding, origin, State.PENDING);
        }
    }

    private void add(int proxy, Holding holding, Origin origin, State state) {
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
        touch(origin.object(), entry);
    }

    private void subtract(int proxy, Holding holding) {
        for (var origin : holding.desired()) {
            subtract(proxy, holding, origin, holding.state());
        }
        for (var origin : holding.stale()) {
            subtract(proxy, holding, origin, State.PENDING);
        }
    }

    private void subtract(int proxy, Holding holding, Origin origin, State state) {
        var entry = Objects.requireNonNull(objects.get(origin.object()));
        var tally = Objects.requireNonNull(entry.tallies.get(proxy));
        tally.subtract(origin.generation(), state);
        tally.accepted(holding.resource());
        if (tally.isEmpty()) {
            entry.tallies.remove(proxy);
        }
        changed(origin.object(), entry);
        touch(origin.object(), entry);
    }

    /** Nothing of a proxy counts any more. */
    void forget(int proxy) {
        for (var object : holdersOf(proxy)) {
            var entry = Objects.requireNonNull(objects.get(object));
            entry.tallies.remove(proxy);
            changed(object, entry);
            touch(object, entry);
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
