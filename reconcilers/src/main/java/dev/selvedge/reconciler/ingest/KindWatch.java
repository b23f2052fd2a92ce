// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** One informer with a {@link ProjectingStore}. */
public final class KindWatch<T extends HasMetadata, R> implements AutoCloseable {
    /** Objects per page of a list, so that a large cluster never is in memory as a whole. */
    private static final long PAGE = 500;

    private final ProjectingStore<T, R> store;
    private final SharedIndexInformer<T> informer;

    private KindWatch(Informable<T> objects, ProjectingStore<T, R> store) {
        this.store = store;
        this.informer = objects.withLimit(PAGE).runnableInformer(0).itemStore(store);
        // Whatever fails is tried again: the kind may not be served yet, the right not be granted yet.
        informer.exceptionHandler((started, failure) -> true);
    }

    /** All objects of a kind. */
    public static <T extends HasMetadata, R> KindWatch<T, R> all(
            KubernetesClient client,
            Class<T> type,
            Function<T, Optional<R>> projection,
            ProjectingStore.Listener<R> listener) {
        return new KindWatch<>(
                client.resources(type).inAnyNamespace(), new ProjectingStore<>(type, projection, listener));
    }

    /** One cluster-scoped object. */
    static <T extends HasMetadata, R> KindWatch<T, R> named(
            KubernetesClient client,
            Class<T> type,
            String name,
            Function<T, Optional<R>> projection,
            ProjectingStore.Listener<R> listener) {
        return new KindWatch<>(
                client.resources(type).withField("metadata.name", name),
                new ProjectingStore<>(type, projection, listener));
    }

    /** Completes when everything that there is has been told. */
    CompletableFuture<Void> start() {
        return informer.start().toCompletableFuture();
    }

    /** Ends the watch; what it told stays. */
    @Override
    public void close() {
        informer.stop();
    }

    /** Ends the watch and tells that all its objects are gone. */
    void vanish() {
        close();
        store.clear();
    }
}
