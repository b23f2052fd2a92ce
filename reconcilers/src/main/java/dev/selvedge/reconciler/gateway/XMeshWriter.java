// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import dev.selvedge.reconciler.drift.OwnedObjects;
import dev.selvedge.reconciler.gateway.XMesh.Reference;
import dev.selvedge.reconciler.gateway.XMesh.Status;
import dev.selvedge.reconciler.ingest.KindWatch;
import dev.selvedge.reconciler.ingest.ProjectingStore;
import dev.selvedge.reconciler.ingest.ServedWatch;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says at each XMesh that names our controller whether it is accepted, and what the mesh can do, for as long as the
 * cluster serves that kind. The CRD is experimental and somebody else's: it may come and go at any time.
 */
public final class XMeshWriter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(XMeshWriter.class);
    private static final PatchContext APPLY = new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(OwnedObjects.FIELD_MANAGER)
            .withForce(true)
            .build();

    /**
     * @param version {@code metadata.resourceVersion}
     * @param status as it is
     */
    private record Seen(
            String uid, String version, long generation, Optional<Reference> parameters, Optional<Status> status) {}

    private final KubernetesClient client;
    private final Supplier<Optional<List<String>>> meshes;
    private final BooleanSupplier leads;
    private final XMeshStatuses statuses;
    private final ServedWatch watch;
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();

    /** The version upon which a status was written, by name: it is not written twice before it has been seen. */
    private final Map<String, String> written = new ConcurrentHashMap<>();

    private final AtomicBoolean writing = new AtomicBoolean();

    /**
     * @param meshes names of the Meshes that there are, the one in force first; empty while that is not known
     * @param leads whether this replica may write
     */
    public XMeshWriter(
            KubernetesClient client, Supplier<Optional<List<String>>> meshes, BooleanSupplier leads, Clock clock) {
        this.client = client;
        this.meshes = meshes;
        this.leads = leads;
        this.statuses = new XMeshStatuses(clock);
        this.watch = new ServedWatch(
                client,
                XMesh.class,
                () -> KindWatch.all(client, XMesh.class, XMeshWriter::ours, new ProjectingStore.Listener<>() {
                    @Override
                    public void changed(String name, Seen current) {
                        seen.put(name, current);
                    }

                    @Override
                    public void gone(String name, Seen last) {
                        seen.remove(name);
                        written.remove(name);
                    }
                }));
    }

    private static Optional<Seen> ours(XMesh mesh) {
        var meta = mesh.getMetadata();
        return Optional.ofNullable(mesh.getSpec())
                .filter(spec -> RouteStatuses.CONTROLLER.equals(spec.controllerName()))
                .map(spec -> new Seen(
                        meta.getUid(),
                        meta.getResourceVersion(),
                        meta.getGeneration(),
                        Optional.ofNullable(spec.parametersRef()),
                        Optional.ofNullable(mesh.getStatus())));
    }

    /** Begins to watch; returns at once. */
    public void start() {
        watch.start();
    }

    /** Writes what is due; returns at once. To be called every few seconds. */
    public void tick() {
        if (!seen.isEmpty() && leads.getAsBoolean() && writing.compareAndSet(false, true)) {
            Thread.startVirtualThread(() -> {
                try {
                    meshes.get().ifPresent(there -> seen.forEach((name, mesh) -> write(name, mesh, there)));
                } finally {
                    writing.set(false);
                }
            });
        }
    }

    private void write(String name, Seen mesh, List<String> there) {
        var previous = mesh.status().map(Status::conditions).orElse(null);
        var status = statuses.of(mesh.parameters(), mesh.generation(), there, previous);
        if (isSaid(mesh, status) || mesh.version().equals(written.get(name)) || !leads.getAsBoolean()) {
            return;
        }
        try {
            client.resources(XMesh.class).withName(name).subresource("status").patch(APPLY, patch(name, mesh, status));
            written.put(name, mesh.version());
        } catch (KubernetesClientException e) {
            // It may have been deleted a moment ago, and the kind with it; the next tick tries again.
            log.warn("the status of XMesh {} is not written: {}", name, e.getMessage());
        }
    }

    /** Other conditions of the object are not ours. */
    private static boolean isSaid(Seen mesh, Status status) {
        return mesh.status()
                .filter(before -> Objects.equals(before.supportedFeatures(), status.supportedFeatures()))
                .map(Status::conditions)
                .filter(before -> before.containsAll(conditions(status)))
                .isPresent();
    }

    private static List<io.fabric8.kubernetes.api.model.Condition> conditions(Status status) {
        return Objects.requireNonNullElse(status.conditions(), List.of());
    }

    private static XMesh patch(String name, Seen mesh, Status status) {
        var patch = new XMesh();
        patch.setMetadata(
                new ObjectMetaBuilder().withName(name).withUid(mesh.uid()).build());
        patch.setStatus(status);
        return patch;
    }

    @Override
    public void close() {
        watch.close();
    }
}
