// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.drift;

import dev.selvedge.reconciler.status.EventWriter;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** Tells the owner of an object about drift: at most one Event in ten seconds for each object. */
final class DriftEvents {
    private static final Duration PAUSE = Duration.ofSeconds(10);

    private final EventWriter events;
    private final Clock clock;
    private final Map<String, Told> told = new HashMap<>();

    DriftEvents(KubernetesClient client, Clock clock) {
        this.events = new EventWriter(client, clock);
        this.clock = clock;
    }

    private record Told(Instant at, int unsaid) {}

    void tell(HasMetadata owner, Drift drift) {
        int unsaid = due(drift.object());
        if (unsaid < 0) {
            return;
        }
        var message = unsaid == 0 ? drift.message() : drift.message() + " " + unsaid + " more since the last Event.";
        events.warn(owner, drift.corrected() ? "DriftCorrected" : "DriftFound", message);
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
}
