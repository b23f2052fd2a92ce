// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.incremental;

import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The objects as last heard of, and where each index finds them. */
final class Store implements Index.Source {
    private final Map<ObjectRef, SnapshotObject> objects = new HashMap<>();
    private final Map<Index.Key<?, ?>, Entries> entries = new HashMap<>();

    /** By the class of an object, those that may have entries of it. */
    private final Map<Class<?>, List<Index<?, ?>>> indexes = new HashMap<>();

    /** Takes in one event; each key under which a reader finds something else than before is handed to {@code touched}. */
    void apply(Change change, Consumer<Index.Key<?, ?>> touched) {
        var ref = change.ref();
        var after = change instanceof Change.Put put ? put.object() : null;
        var before = after == null ? objects.remove(ref) : objects.put(ref, after);
        if (!Objects.equals(before, after)) {
            for (var index : indexesOf(Objects.requireNonNullElse(after, before))) {
                move(ref, entriesOf(index, before), entriesOf(index, after), touched);
            }
        }
    }

    private List<Index<?, ?>> indexesOf(SnapshotObject object) {
        return indexes.computeIfAbsent(object.getClass(), _ -> IndexedReads.INDEXES.stream()
                .filter(index -> index.takes(object))
                .toList());
    }

    boolean contains(ObjectRef ref) {
        return objects.containsKey(ref);
    }

    @Override
    @SuppressWarnings("unchecked") // what an index puts under its keys is of its type
    public <K, V> List<V> read(Index.Key<K, V> key) {
        var found = entries.get(key);
        return found == null ? List.of() : (List<V>) found.list();
    }

    private void move(
            ObjectRef ref,
            Map<Index.Key<?, ?>, Object> before,
            Map<Index.Key<?, ?>, Object> after,
            Consumer<Index.Key<?, ?>> touched) {
        before.forEach((key, value) -> {
            var now = after.get(key);
            if (!value.equals(now)) {
                set(key, ref, now, touched);
            }
        });
        after.forEach((key, value) -> {
            if (!before.containsKey(key)) {
                set(key, ref, value, touched);
            }
        });
    }

    private void set(Index.Key<?, ?> key, ObjectRef ref, @Nullable Object value, Consumer<Index.Key<?, ?>> touched) {
        var changed = entries.computeIfAbsent(key, _ -> new Entries());
        changed.set(ref, value);
        if (changed.isEmpty()) {
            entries.remove(key);
        }
        touched.accept(key);
    }

    private static <K, V> Map<Index.Key<?, ?>, Object> entriesOf(Index<K, V> index, @Nullable SnapshotObject object) {
        var all = new HashMap<Index.Key<?, ?>, Object>();
        if (object != null) {
            index.entries(object).forEach((key, value) -> all.put(new Index.Key<>(index, key), value));
        }
        return all;
    }

    /** What is found under one key, by the objects' names so that the order of events does not show. */
    private static final class Entries {
        private final TreeMap<ObjectRef, Object> byObject = new TreeMap<>();
        private @Nullable List<Object> list;

        void set(ObjectRef ref, @Nullable Object value) {
            list = null;
            if (value == null) {
                byObject.remove(ref);
            } else {
                byObject.put(ref, value);
            }
        }

        boolean isEmpty() {
            return byObject.isEmpty();
        }

        List<Object> list() {
            if (list == null) {
                list = List.copyOf(byObject.values());
            }
            return list;
        }
    }
}
