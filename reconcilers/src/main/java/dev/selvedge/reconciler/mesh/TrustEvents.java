// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.api.v1alpha1.TrustStatus.Stage;
import dev.selvedge.reconciler.status.EventWriter;
import java.time.Instant;
import java.util.Optional;

/** Events about the trust of a Mesh. Each is written once, also over a restart. */
final class TrustEvents {
    private TrustEvents() {}

    static void tell(
            EventWriter events,
            Mesh mesh,
            Optional<TrustOutlook> trust,
            Provision provision,
            Optional<RotationFailure> failure,
            Instant now) {
        failure.ifPresent(failed -> events.warnOnce(mesh, failed.job(), "RotationFailed", failed.message()));
        provision.refusal().ifPresent(refusal -> events.warnOnce(mesh, refusal, TrustHealth.REFUSED, refusal));
        provision
                .bundleRefusal()
                .ifPresent(refusal -> events.warnOnce(mesh, refusal, TrustHealth.BUNDLE_REFUSED, refusal));
        trust.ifPresent(outlook -> {
            ExpiryWarning.of(outlook, now)
                    .forEach(warning -> events.warnOnce(mesh, warning.key(), "Expiring", warning.message()));
            stage(events, mesh, outlook);
        });
    }

    private static void stage(EventWriter events, Mesh mesh, TrustOutlook outlook) {
        var now = outlook.decision().stage();
        var before = mesh.getStatus() == null || mesh.getStatus().trust() == null
                ? Stage.STABLE
                : mesh.getStatus().trust().stage();
        if (now != before) {
            events.tellOnce(
                    mesh,
                    outlook.stored().id() + now,
                    now == Stage.STABLE ? "RotationOver" : now.text(),
                    "The trust anchor's rotation went from " + before.text() + " to " + now.text() + ".");
        }
    }
}
