// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.api.v1alpha1.MeshStatus;
import dev.selvedge.reconciler.drift.Drift;
import dev.selvedge.reconciler.drift.OwnedObjects;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Goes on counting where the status of a Mesh stands, so that a restart of the operator forgets nothing. */
final class DriftTotals {
    private final OwnedObjects owned;

    /** By uid: what the status said when this process first saw the Mesh, less what it had counted itself by then. */
    private final Map<String, Long> bases = new ConcurrentHashMap<>();

    DriftTotals(OwnedObjects owned) {
        this.owned = owned;
    }

    MeshStatus.@Nullable Drift of(Mesh mesh) {
        var written = mesh.getStatus() == null ? null : mesh.getStatus().drift();
        long base =
                bases.computeIfAbsent(mesh.getMetadata().getUid(), uid -> written == null ? 0 : written.corrected());
        var last = owned.last();
        if (last.isEmpty()) {
            return written;
        }
        return status(base + owned.corrected(), last.get());
    }

    private static MeshStatus.Drift status(long corrected, Drift last) {
        return new MeshStatus.Drift(
                corrected, last.at().truncatedTo(ChronoUnit.SECONDS), last.object(), last.manager());
    }
}
