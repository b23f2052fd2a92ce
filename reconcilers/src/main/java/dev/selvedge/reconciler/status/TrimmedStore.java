// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.status;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.util.HashMap;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a controller's informer: objects without the records that API server and kubectl keep for themselves,
 * which are larger than what a user wrote.
 */
public final class TrimmedStore<T extends HasMetadata> extends BasicItemStore<T> {
    /** Where {@code kubectl apply} keeps the object as it was given. */
    static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

    /** To be made by name. */
    public TrimmedStore() {
        super(Cache::metaNamespaceKeyFunc);
    }

    @Override
    public @Nullable T put(String key, T object) {
        trim(object.getMetadata());
        return super.put(key, object);
    }

    private static void trim(ObjectMeta metadata) {
        metadata.setManagedFields(null);
        var annotations = metadata.getAnnotations();
        if (annotations != null && annotations.containsKey(LAST_APPLIED)) {
            var rest = new HashMap<>(annotations);
            rest.remove(LAST_APPLIED);
            metadata.setAnnotations(rest);
        }
    }
}
