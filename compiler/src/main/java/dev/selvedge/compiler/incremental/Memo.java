// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.incremental;

import static java.util.Objects.requireNonNull;

import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what was computed and from what, and keeps it current. A result is kept while it is retained or while a kept
 * result was computed from it. Not safe for concurrent use.
 *
 * <p>After a change, each result that was computed, directly or through others, from a touched key is suspect. A suspect
 * is computed again only if a key that it read was touched or if a result that it used came out different; otherwise it
 * stands. A running query that asks for a suspect result gets it settled first, so nothing is ever computed from an
 * outdated result.
 *
 * <p>A computation that throws is a defect. It holds nobody else back: its last good result stands until it succeeds
 * again; without one, whoever asks for it gets the exception.
 */
public final class Memo {
    private final Store store = new Store();
    private final Map<Query<?>, Node<?>> nodes = new HashMap<>();
    private final Map<Index.Key<?, ?>, Set<Node<?>>> readers = new HashMap<>();
    private final Set<Node<?>> failed = new LinkedHashSet<>();
    private long revision;
    private long computations;

    /** Takes in events and says which of the retained results are different now. */
    public Set<Query<?>> apply(Collection<? extends Change> changes) {
        revision++;
        var suspects = new LinkedHashSet<Node<?>>();
        for (var change : changes) {
            store.apply(change, key -> {
                for (var reader : readers.getOrDefault(key, Set.of())) {
                    reader.outdated = true;
                    suspect(reader, suspects);
                }
            });
        }
        suspects.forEach(this::settle);
        return suspects.stream()
                .filter(node -> node.retained && node.changedIn == revision)
                .map(node -> node.query)
                .collect(Collectors.toSet());
    }

    /** The result of a query, kept current from now on until it is released. */
    public <V> V retain(Query<V> query) {
        var node = node(query);
        node.retained = true;
        return node.result();
    }

    /** The result of a query that is not kept for its own sake. */
    public <V> V glance(Query<V> query) {
        var node = node(query);
        try {
            return node.result();
        } finally {
            dropUnneeded(node);
        }
    }

    /** Nobody outside needs this result any more. */
    public void release(Query<?> query) {
        var node = nodes.get(query);
        if (node != null) {
            node.retained = false;
            dropUnneeded(node);
        }
    }

    /** Whether the result is kept for somebody outside. */
    public boolean isRetained(Query<?> query) {
        var node = nodes.get(query);
        return node != null && node.retained;
    }

    /** The objects as last heard of; what is read here is not tracked. */
    public Reads reads() {
        return new IndexedReads(store);
    }

    /** Whether an object is there. */
    public boolean contains(ObjectRef object) {
        return store.contains(object);
    }

    /** The computations that threw when they were last run. */
    public Map<Query<?>, RuntimeException> failures() {
        return failed.stream()
                .collect(Collectors.toMap(node -> node.query, node -> requireNonNull(node.failure, "is in failed")));
    }

    /** How many results are kept. */
    public int size() {
        return nodes.size();
    }

    /** How many computations have been run: the work done so far. */
    public long computations() {
        return computations;
    }

    private void suspect(Node<?> node, Set<Node<?>> suspects) {
        if (suspects.add(node)) {
            for (var user : node.users) {
                user.suspectedFor.add(node);
                suspect(user, suspects);
            }
        }
    }

    private void settle(Node<?> node) {
        if (node.dropped) {
            return; // what used it was computed again without it
        }
        for (var used : node.suspectedFor) {
            if (node.outdated) {
                break;
            }
            settle(used);
            node.outdated = used.changedIn == revision;
        }
        node.suspectedFor.clear();
        if (node.outdated) {
            node.compute();
        }
    }

    @SuppressWarnings("unchecked") // a query is the key of the node of its own type
    private <V> Node<V> node(Query<V> query) {
        var known = (Node<V>) nodes.get(query);
        if (known != null) {
            settle(known);
            return known;
        }
        var fresh = new Node<>(query);
        nodes.put(query, fresh);
        fresh.compute();
        return fresh;
    }

    private void dropUnneeded(Node<?> node) {
        if (!node.retained && node.users.isEmpty() && !node.dropped) {
            node.dropped = true;
            failed.remove(node);
            nodes.remove(node.query);
            node.keys.forEach(key -> forget(key, node));
            node.used.forEach(used -> forget(used, node));
        }
    }

    private void forget(Index.Key<?, ?> key, Node<?> reader) {
        readers.computeIfPresent(key, (_, all) -> all.remove(reader) && all.isEmpty() ? null : all);
    }

    private void forget(Node<?> used, Node<?> user) {
        used.users.remove(user);
        dropUnneeded(used);
    }

    /** One result: what it was computed from, and what was computed from it. */
    private final class Node<V> implements Query.Computation, Index.Source {
        final Query<V> query;
        final Set<Node<?>> users = HashSet.newHashSet(1);
        final List<Node<?>> suspectedFor = new ArrayList<>(0);
        Set<Index.Key<?, ?>> keys = Set.of();
        Set<Node<?>> used = Set.of();
        boolean retained;
        boolean outdated = true;
        boolean running;
        boolean dropped;
        long changedIn;
        private @Nullable V value;
        private @Nullable RuntimeException failure;

        Node(Query<V> query) {
            this.query = query;
        }

        V result() {
            if (value == null) {
                throw requireNonNull(failure, "asked before it was computed");
            }
            return value;
        }

        void compute() {
            if (running) {
                throw new IllegalStateException("needs itself: " + query);
            }
            running = true;
            computations++;
            var formerKeys = keys;
            var formerUsed = used;
            keys = new HashSet<>();
            used = new HashSet<>();
            try {
                accept(query.compute(this));
            } catch (RuntimeException e) {
                failure = e;
                failed.add(this);
            }
            running = false;
            outdated = false;
            // Most have one or two elements, and there are some for each result.
            keys = Set.copyOf(keys);
            used = Set.copyOf(used);
            formerKeys.stream().filter(key -> !keys.contains(key)).forEach(key -> forget(key, this));
            formerUsed.stream().filter(node -> !used.contains(node)).forEach(node -> forget(node, this));
        }

        private void accept(V result) {
            failure = null;
            failed.remove(this);
            if (!result.equals(value)) {
                value = result;
                changedIn = revision;
            }
        }

        @Override
        public Reads reads() {
            return new IndexedReads(this);
        }

        @Override
        public <K, W> List<W> read(Index.Key<K, W> key) {
            if (keys.add(key)) {
                readers.computeIfAbsent(key, _ -> HashSet.newHashSet(1)).add(this);
            }
            return store.read(key);
        }

        @Override
        public <W> W get(Query<W> other) {
            var node = node(other);
            used.add(node);
            node.users.add(this);
            return node.result();
        }
    }
}
