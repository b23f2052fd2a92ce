// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import dev.selvedge.reconciler.drift.OwnedObjects;
import dev.selvedge.reconciler.gateway.ControllerObject.Spec;
import dev.selvedge.reconciler.gateway.ControllerObject.Status;
import dev.selvedge.reconciler.ingest.KindWatch;
import dev.selvedge.reconciler.ingest.ProjectingStore;
import dev.selvedge.reconciler.ingest.ServedWatch;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
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

/** The objects of one kind that name our controller, and the writing of their status. */
final class ControllerObjects<T extends ControllerObject> implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ControllerObjects.class);
    private static final PatchContext APPLY = new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(OwnedObjects.FIELD_MANAGER)
            .withForce(true)
            .build();

    /** What a status says; empty while that is not known. Only what is ours is in it. */
    interface Statuses {
        Optional<Status> of(String name, Spec spec, GatewayConditions conditions);
    }

    /**
     * @param version {@code metadata.resourceVersion}
     * @param status as it is
     */
    private record Seen(String uid, String version, long generation, Spec spec, Optional<Status> status) {}

    private final KubernetesClient client;
    private final Class<T> type;
    private final Supplier<T> empty;
    private final Statuses statuses;
    private final BooleanSupplier leads;
    private final Clock clock;
    private final ServedWatch watch;
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();

    /** The version upon which a status was written, by name: it is not written twice before it has been seen. */
    private final Map<String, String> written = new ConcurrentHashMap<>();

    private final AtomicBoolean writing = new AtomicBoolean();

    /** @param leads whether this replica may write */
    ControllerObjects(
            KubernetesClient client,
            Class<T> type,
            Supplier<T> empty,
            Statuses statuses,
            BooleanSupplier leads,
            Clock clock) {
        this.client = client;
        this.type = type;
        this.empty = empty;
        this.statuses = statuses;
        this.leads = leads;
        this.clock = clock;
        this.watch = new ServedWatch(
                client,
                type,
                () -> KindWatch.all(client, type, ControllerObjects::ours, new ProjectingStore.Listener<>() {
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

    private static Optional<Seen> ours(ControllerObject object) {
        var meta = object.getMetadata();
        return Optional.ofNullable(object.getSpec())
                .filter(spec -> RouteStatuses.CONTROLLER.equals(spec.controllerName()))
                .map(spec -> new Seen(
                        meta.getUid(),
                        meta.getResourceVersion(),
                        meta.getGeneration(),
                        spec,
                        Optional.ofNullable(object.getStatus())));
    }

    /** Begins to watch; returns at once. */
    void start() {
        watch.start();
    }

    /** Writes what is due; returns at once. */
    void tick() {
        if (!seen.isEmpty() && leads.getAsBoolean() && writing.compareAndSet(false, true)) {
            Thread.startVirtualThread(() -> {
                try {
                    seen.forEach(this::write);
                } finally {
                    writing.set(false);
                }
            });
        }
    }

    private void write(String name, Seen object) {
        var previous = object.status().map(Status::conditions).orElse(null);
        statuses.of(name, object.spec(), new GatewayConditions(previous, object.generation(), clock))
                .filter(status -> !isSaid(object, status))
                .ifPresent(status -> write(name, object, status));
    }

    private void write(String name, Seen object, Status status) {
        if (object.version().equals(written.get(name)) || !leads.getAsBoolean()) {
            return;
        }
        try {
            client.resources(type).withName(name).subresource("status").patch(APPLY, patch(name, object, status));
            written.put(name, object.version());
        } catch (KubernetesClientException e) {
            // It may have been deleted a moment ago, and the kind with it; the next tick tries again.
            log.warn("the status of {} {} is not written: {}", HasMetadata.getKind(type), name, e.getMessage());
        }
    }

    /** Other conditions of the object are not ours, and neither are features where we list none. */
    private static boolean isSaid(Seen object, Status status) {
        return object.status()
                .filter(before -> status.supportedFeatures() == null
                        || Objects.equals(before.supportedFeatures(), status.supportedFeatures()))
                .map(Status::conditions)
                .filter(before -> before.containsAll(conditions(status)))
                .isPresent();
    }

    private static List<Condition> conditions(Status status) {
        return Objects.requireNonNullElse(status.conditions(), List.of());
    }

    private T patch(String name, Seen object, Status status) {
        var patch = empty.get();
        patch.setMetadata(
                new ObjectMetaBuilder().withName(name).withUid(object.uid()).build());
        patch.setStatus(status);
        return patch;
    }

    @Override
    public void close() {
        watch.close();
    }
}
