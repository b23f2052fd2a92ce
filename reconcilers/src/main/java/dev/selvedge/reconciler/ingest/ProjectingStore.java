// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory of one informer: of each object it keeps a record of what we read and nothing else, and it tells when a
 * record changes. Since it speaks while the informer stores, everything of a list has been told when the informer
 * reports its start. To the informer it answers with objects that carry their name alone.
 *
 * <p>The informer writes from one thread at a time.
 *
 * @param <R> a value with {@code equals}
 */
public final class ProjectingStore<T extends HasMetadata, R> implements ItemStore<T> {
    private static final Logger log = LoggerFactory.getLogger(ProjectingStore.class);

    private final Class<T> type;
    private final Function<T, Optional<R>> projection;
    private final Listener<R> listener;
    private final Map<String, Optional<R>> records = new ConcurrentHashMap<>();

    /** @param projection empty when there is nothing to know of the object */
    ProjectingStore(Class<T> type, Function<T, Optional<R>> projection, Listener<R> listener) {
        this.type = type;
        this.projection = projection;
        this.listener = listener;
    }

    /** Is told of records, under the key {@code namespace/name} or {@code name}. */
    public interface Listener<R> {
        void changed(String key, R current);

        void gone(String key, R last);
    }

    @Override
    public String getKey(T object) {
        return Cache.metaNamespaceKeyFunc(object);
    }

    @Override
    public @Nullable T put(String key, T object) {
        var old = records.get(key);
        var current = project(key, object, old);
        records.put(key, current);
        if (current.isEmpty()) {
            forget(key, old);
        } else if (!current.equals(old)) {
            listener.changed(key, current.get());
        }
        return old == null ? null : skeleton(key);
    }

    /** One bad object must not stop the watch of its kind: it stays as it was. The schema lets none through. */
    private Optional<R> project(String key, T object, @Nullable Optional<R> old) {
        try {
            return projection.apply(object);
        } catch (RuntimeException e) {
            log.error("{} {} cannot be read and stays as it was", type.getSimpleName(), key, e);
            return old == null ? Optional.empty() : old;
        }
    }

    @Override
    public @Nullable T remove(String key) {
        var old = records.remove(key);
        forget(key, old);
        return old == null ? null : skeleton(key);
    }

    /** The kind itself left the cluster, and all its objects with it. */
    void clear() {
        records.keySet().forEach(this::remove);
    }

    private void forget(String key, @Nullable Optional<R> old) {
        if (old != null) {
            old.ifPresent(last -> listener.gone(key, last));
        }
    }

    @Override
    public Stream<String> keySet() {
        return records.keySet().stream();
    }

    @Override
    public Stream<T> values() {
        return keySet().map(this::skeleton);
    }

    @Override
    public int size() {
        return records.size();
    }

    @Override
    public @Nullable T get(String key) {
        return records.containsKey(key) ? skeleton(key) : null;
    }

    /** Lets the informer hand over each page of a long list as it comes. */
    @Override
    public boolean isFullState() {
        return false;
    }

    private T skeleton(String key) {
        try {
            var metadata = new ObjectMeta();
            int slash = key.indexOf('/');
            metadata.setNamespace(slash < 0 ? null : key.substring(0, slash));
            metadata.setName(key.substring(slash + 1));
            T object = type.getDeclaredConstructor().newInstance();
            object.setMetadata(metadata);
            return object;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " has a constructor without arguments", e);
        }
    }
}
