// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Says at each GatewayClass and XMesh that names our controller whether it is accepted, for as long as the cluster serves
 * the kind. The CRDs are somebody else's: they may come and go at any time.
 */
public final class ControllerStatusWriter implements AutoCloseable {
    private final List<ControllerObjects<?>> kinds;

    /**
     * @param meshes names of the Meshes that there are, the one in force first; empty while that is not known
     * @param leads whether this replica may write
     */
    public ControllerStatusWriter(
            KubernetesClient client, Supplier<Optional<List<String>>> meshes, BooleanSupplier leads, Clock clock) {
        this.kinds = List.of(
                new ControllerObjects<>(
                        client,
                        GatewayClass.class,
                        GatewayClass::new,
                        (name, spec, conditions) -> Optional.of(GatewayClassStatuses.of(name, spec, conditions)),
                        leads,
                        clock),
                new ControllerObjects<>(
                        client,
                        XMesh.class,
                        XMesh::new,
                        (_, spec, conditions) -> meshes.get().map(there -> XMeshStatuses.of(spec, there, conditions)),
                        leads,
                        clock));
    }

    /** Begins to watch; returns at once. */
    public void start() {
        kinds.forEach(ControllerObjects::start);
    }

    /** Writes what is due; returns at once. To be called every few seconds. */
    public void tick() {
        kinds.forEach(ControllerObjects::tick);
    }

    @Override
    public void close() {
        kinds.forEach(ControllerObjects::close);
    }
}
