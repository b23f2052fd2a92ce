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
import org.agrona.collections.IntHashSet;
import org.agrona.collections.Object2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The ledger's index by object. The counts are kept by proxy: what one proxy says, which is much at a time, then touches
 * little memory. The caller serialises.
 */
final class Standings {
    private static final class Entry {
        final ObjectRef object;

        /** Proxies that hold something of it. */
        final IntHashSet holders = new IntHashSet();

        @Nullable
        Outcome outcome;

        /** The round in which it was last touched. */
        long touched;

        /** The last answer, until something changes. */
        Summary.@Nullable Standing answer;

        Entry(ObjectRef object) {
            this.object = object;
        }
    }

    /** What one proxy holds of one object. */
    private static final class Share extends Tally {
        final Entry of;

        Share(Entry of) {
            this.of = of;
        }
    }

    private final Map<ObjectRef, Entry> objects = new HashMap<>();
    private final Int2ObjectHashMap<Map<ObjectRef, Share>> proxies = new Int2ObjectHashMap<>();
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
        var entry = objects.computeIfAbsent(object, Entry::new);
        entry.outcome = outcome;
        entry.answer = null;
        removeIfEmpty(entry);
    }

    Optional<Summary.Standing> standing(ObjectRef object) {
        return Optional.ofNullable(objects.get(object)).map(this::answer);
    }

    /** Of every object: one that no proxy holds anything of tells the others that its generation is compiled here. */
    List<Summary.Standing> all() {
        return objects.values().stream().map(this::answer).toList();
    }

    /** What a proxy holds has changed. */
    void move(int proxy, @Nullable Holding before, @Nullable Holding after) {
        var shares = proxies.computeIfAbsent(proxy, _ -> new Object2ObjectHashMap<>());
        if (before != null && after != null && isShift(before, after)) {
            for (var origin : after.desired()) {
                var share = Objects.requireNonNull(shares.get(origin.object()));
                share.shift(origin.generation(), before.state(), after.state());
                touch(share.of);
            }
            return;
        }
        if (before != null) {
            subtract(proxy, shares, before);
        }
        if (after != null) {
            add(proxy, shares, after);
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

    private void touch(Entry entry) {
        entry.answer = null;
        if (entry.touched != round) {
            entry.touched = round;
            touched.add(entry.object);
        }
    }

    private void add(int proxy, Map<ObjectRef, Share> shares, Holding holding) {
        for (var origin : holding.desired()) {
            add(proxy, shares, holding, origin, holding.state());
        }
        for (var origin : holding.stale()) {
            add(proxy, shares, holding, origin, State.PENDING);
        }
    }

    private void add(int proxy, Map<ObjectRef, Share> shares, Holding holding, Origin origin, State state) {
        var share = shares.get(origin.object());
        if (share == null) {
            share = new Share(objects.computeIfAbsent(origin.object(), Entry::new));
            share.of.holders.add(proxy);
            // The key that all proxies share.
            shares.put(share.of.object, share);
        }
        share.add(origin.generation(), state, 1);
        if (holding.refusal() != null) {
            share.refused(new Summary.Refusal(holding.resource(), holding.refusal()));
        }
        touch(share.of);
    }

    private void subtract(int proxy, Map<ObjectRef, Share> shares, Holding holding) {
        for (var origin : holding.desired()) {
            subtract(proxy, shares, holding, origin, holding.state());
        }
        for (var origin : holding.stale()) {
            subtract(proxy, shares, holding, origin, State.PENDING);
        }
    }

    private void subtract(int proxy, Map<ObjectRef, Share> shares, Holding holding, Origin origin, State state) {
        var share = Objects.requireNonNull(shares.get(origin.object()));
        share.subtract(origin.generation(), state, 1);
        if (holding.refusal() != null) {
            share.accepted(new Summary.Refusal(holding.resource(), holding.refusal()));
        }
        touch(share.of);
        if (share.isEmpty()) {
            shares.remove(origin.object());
            leave(proxy, share.of);
        }
    }

    private void leave(int proxy, Entry entry) {
        entry.holders.remove(proxy);
        removeIfEmpty(entry);
    }

    /** Nothing of a proxy counts any more. */
    void forget(int proxy) {
        var shares = proxies.remove(proxy);
        if (shares != null) {
            for (var share : shares.values()) {
                touch(share.of);
                leave(proxy, share.of);
            }
        }
    }

    /** Objects that a proxy holds something of. */
    List<ObjectRef> heldBy(int proxy) {
        return List.copyOf(proxies.getOrDefault(proxy, Map.of()).keySet());
    }

    private void removeIfEmpty(Entry entry) {
        if (entry.outcome == null && entry.holders.isEmpty()) {
            objects.remove(entry.object);
        }
    }

    private Summary.Standing answer(Entry entry) {
        if (entry.answer == null) {
            var generation = entry.outcome == null ? 0 : entry.outcome.generation();
            var states = HashMap.<Integer, State>newHashMap(entry.holders.size());
            Summary.Refusal refusal = null;
            for (var holders = entry.holders.iterator(); holders.hasNext(); ) {
                var proxy = holders.nextValue();
                var share = Objects.requireNonNull(
                        Objects.requireNonNull(proxies.get(proxy)).get(entry.object));
                states.put(proxy, share.state(generation));
                refusal = refusal != null ? refusal : share.refusal().orElse(null);
            }
            entry.answer = new Summary.Standing(entry.object, generation, states, refusal);
        }
        return entry.answer;
    }
}
