// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.Mesh;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDR;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Joins the meshes with the cluster's own ranges of Service addresses, for those whose spec names none. */
final class ServiceCidrs {
    private final Consumer<Change> changes;
    private final Map<String, List<String>> ranges = new HashMap<>();
    private final Map<String, Mesh> meshes = new HashMap<>();

    ServiceCidrs(Consumer<Change> changes) {
        this.changes = changes;
    }

    static Optional<List<String>> read(ServiceCIDR range) {
        return Optional.of(List.copyOf(range.getSpec().getCidrs()));
    }

    ProjectingStore.Listener<List<String>> rangeListener() {
        return new ProjectingStore.Listener<>() {
            @Override
            public void changed(String name, List<String> cidrs) {
                setRange(name, Optional.of(cidrs));
            }

            @Override
            public void gone(String name, List<String> cidrs) {
                setRange(name, Optional.empty());
            }
        };
    }

    /** Meshes with what their spec says, and nothing discovered. */
    ProjectingStore.Listener<Mesh> meshListener() {
        return new ProjectingStore.Listener<>() {
            @Override
            public void changed(String name, Mesh mesh) {
                put(name, mesh);
            }

            @Override
            public void gone(String name, Mesh mesh) {
                remove(name);
            }
        };
    }

    private synchronized void setRange(String name, Optional<List<String>> cidrs) {
        cidrs.ifPresentOrElse(current -> ranges.put(name, current), () -> ranges.remove(name));
        meshes.values().stream().filter(mesh -> mesh.serviceCidrs().isEmpty()).forEach(this::tell);
    }

    private synchronized void put(String name, Mesh mesh) {
        meshes.put(name, mesh);
        tell(mesh);
    }

    private synchronized void remove(String name) {
        var mesh = meshes.remove(name);
        if (mesh != null) {
            changes.accept(new Change.Remove(mesh.ref()));
        }
    }

    private void tell(Mesh mesh) {
        var cidrs = mesh.serviceCidrs().isEmpty()
                ? ranges.values().stream()
                        .flatMap(List::stream)
                        .distinct()
                        .sorted()
                        .toList()
                : mesh.serviceCidrs();
        changes.accept(new Change.Put(mesh.withServiceCidrs(cidrs)));
    }
}
