// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Watches a kind that somebody else installs, for as long as the cluster serves the version that we read. */
public final class ServedWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ServedWatch.class);

    private final KindWatch<CustomResourceDefinition, String> definition;
    private final Supplier<KindWatch<?, ?>> kind;
    private @Nullable KindWatch<?, ?> served;
    private CompletableFuture<Void> synced = CompletableFuture.completedFuture(null);

    public ServedWatch(KubernetesClient client, Class<? extends HasMetadata> type, Supplier<KindWatch<?, ?>> kind) {
        this.kind = kind;
        var version = HasMetadata.getVersion(type);
        this.definition = KindWatch.named(
                client,
                CustomResourceDefinition.class,
                HasMetadata.getFullResourceName(type),
                crd -> serves(crd, version) ? Optional.of(version) : Optional.empty(),
                new ProjectingStore.Listener<>() {
                    @Override
                    public void changed(String name, String version) {
                        appeared(name, version);
                    }

                    @Override
                    public void gone(String name, String version) {
                        vanished(name, version);
                    }
                });
    }

    /** Whether the definition is established and serves this version. */
    static boolean serves(CustomResourceDefinition crd, String version) {
        boolean established = crd.getStatus() != null
                && Ingest.list(crd.getStatus().getConditions()).stream()
                        .anyMatch(condition ->
                                "Established".equals(condition.getType()) && "True".equals(condition.getStatus()));
        return established
                && crd.getMetadata().getDeletionTimestamp() == null
                && crd.getSpec().getVersions().stream()
                        .anyMatch(v -> version.equals(v.getName()) && Boolean.TRUE.equals(v.getServed()));
    }

    /** Completes when it is known whether the kind is served, and if so, when all its objects have been told. */
    public CompletableFuture<Void> start() {
        return definition.start().thenCompose(started -> synced());
    }

    private synchronized CompletableFuture<Void> synced() {
        return synced;
    }

    private synchronized void appeared(String name, String version) {
        log.info("{} {} is served", name, version);
        served = kind.get();
        synced = served.start();
    }

    private synchronized void vanished(String name, String version) {
        log.info("{} {} is no longer served", name, version);
        if (served != null) {
            served.vanish();
            served = null;
        }
    }

    @Override
    public synchronized void close() {
        definition.close();
        if (served != null) {
            served.close();
        }
    }
}
