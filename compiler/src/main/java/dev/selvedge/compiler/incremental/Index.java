// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.incremental;

import static java.util.stream.Collectors.toMap;

import dev.selvedge.compiler.snapshot.SnapshotObject;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A way to find objects: the entries that each object has in it. An index may hold just a part of an object; whoever
 * reads it is not disturbed by a change of the rest.
 */
final class Index<K, V> {
    private final Class<?> type;
    private final Function<SnapshotObject, Map<K, V>> entries;

    private Index(Class<?> type, Function<SnapshotObject, Map<K, V>> entries) {
        this.type = type;
        this.entries = entries;
    }

    static <O extends SnapshotObject, K, V> Index<K, V> of(Class<O> type, Function<O, Map<K, V>> entries) {
        return new Index<>(type, object -> entries.apply(type.cast(object)));
    }

    /** The same value under several keys. */
    static <K, V> Map<K, V> underEach(Collection<K> keys, V value) {
        return keys.stream().distinct().collect(toMap(key -> key, key -> value));
    }

    /** Whether an object is of the type that this is an index of. */
    boolean takes(SnapshotObject object) {
        return type.isInstance(object);
    }

    /** @param object one that it {@link #takes} */
    Map<K, V> entries(SnapshotObject object) {
        return entries.apply(object);
    }

    /** What a computation depends on when it reads this index. */
    record Key<K, V>(Index<K, V> index, K key) {
        @Override
        public boolean equals(Object other) {
            return this == other || (other instanceof Key<?, ?> that && index == that.index && key.equals(that.key));
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(index) * 31 + key.hashCode();
        }
    }

    /** Something that can be read by index: the store itself, or the store seen by one computation. */
    interface Source {
        /** The entries under a key, ordered by the names of their objects. */
        <K, V> List<V> read(Key<K, V> key);
    }
}
