// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.v1alpha1.Mesh;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Instant;
import java.util.stream.Stream;

/** What the rotation Job is to do now, and the attempts that were made at it. */
record DueStep(RotationJob.Order order, RotationAttempts attempts) {
    static DueStep of(Mesh mesh, MeshSettings settings, RotationJob.Order order, Stream<Job> jobs) {
        return new DueStep(order, RotationAttempts.of(RotationJob.need(mesh, settings, order), jobs));
    }

    /** The Job that has to be there. */
    HasMetadata job(Mesh mesh, MeshSettings settings, Instant now) {
        return MeshObjects.rotation(mesh, settings, order, attempts.job(now));
    }
}
