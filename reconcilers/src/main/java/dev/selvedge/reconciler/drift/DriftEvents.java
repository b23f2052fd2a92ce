// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.drift;

import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the owner of an object about drift: at most one Event in ten seconds for each object. */
final class DriftEvents {
    private static final Logger log = LoggerFactory.getLogger(DriftEvents.class);
    private static final Duration PAUSE = Duration.ofSeconds(10);

    private final KubernetesClient client;
    private final Clock clock;
    private final Map<String, Told> told = new HashMap<>();

    DriftEvents(KubernetesClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
    }

    private record Told(Instant at, int unsaid) {}

    void tell(HasMetadata owner, Drift drift) {
        int unsaid = due(drift.object());
        if (unsaid < 0) {
            return;
        }
        var message = unsaid == 0 ? drift.message() : drift.message() + " " + unsaid + " more since the last Event.";
        try {
            write(owner, drift.corrected() ? "DriftCorrected" : "DriftFound", message);
        } catch (KubernetesClientException e) {
            // The correction stands; a missing Event must not undo or repeat it.
            log.warn("The Event about {} cannot be written", drift.object(), e);
        }
    }

    /** How many changes went unsaid since the last Event, or -1 when it is too early for the next. */
    private synchronized int due(String object) {
        var now = clock.instant();
        var last = told.get(object);
        if (last != null && now.isBefore(last.at.plus(PAUSE))) {
            told.put(object, new Told(last.at, last.unsaid + 1));
            return -1;
        }
        told.put(object, new Told(now, 0));
        return last == null ? 0 : last.unsaid;
    }

    private void write(HasMetadata owner, String reason, String message) {
        var metadata = owner.getMetadata();
        // Events about cluster-scoped objects are kept in the namespace default.
        var namespace = metadata.getNamespace() == null ? "default" : metadata.getNamespace();
        var now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
        client.resource(new EventBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace)
                        .withGenerateName(metadata.getName() + "-")
                        .endMetadata()
                        .withNewInvolvedObject()
                        .withApiVersion(owner.getApiVersion())
                        .withKind(owner.getKind())
                        .withNamespace(metadata.getNamespace())
                        .withName(metadata.getName())
                        .withUid(metadata.getUid())
                        .endInvolvedObject()
                        .withType("Warning")
                        .withReason(reason)
                        .withMessage(message)
                        .withReportingComponent(OwnedObjects.FIELD_MANAGER)
                        .withNewSource()
                        .withComponent(OwnedObjects.FIELD_MANAGER)
                        .endSource()
                        .withFirstTimestamp(now)
                        .withLastTimestamp(now)
                        .withCount(1)
                        .build())
                .create();
    }
}
