// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Tells TrafficPolicies as they are now, and again when a fault of one is over. Every replica does so by its own clock, so
 * that a fault ends on time without a leader, and after a restart too.
 */
final class ExpiringPolicies implements ProjectingStore.Listener<TrafficPolicy> {
    private final Clock clock;
    private final Consumer<Change> changes;

    /** Those with a fault that will be over. */
    private final Map<String, TrafficPolicy> expiring = new HashMap<>();

    ExpiringPolicies(Clock clock, Consumer<Change> changes) {
        this.clock = clock;
        this.changes = changes;
    }

    @Override
    public synchronized void changed(String key, TrafficPolicy policy) {
        var current = policy.at(clock.instant());
        if (current.nextExpiry().isPresent()) {
            expiring.put(key, current);
        } else {
            expiring.remove(key);
        }
        changes.accept(new Change.Put(current));
    }

    @Override
    public synchronized void gone(String key, TrafficPolicy last) {
        expiring.remove(key);
        changes.accept(new Change.Remove(last.ref()));
    }

    /** Looks at the clock. */
    synchronized void tick() {
        var now = clock.instant();
        for (var entry : List.copyOf(expiring.entrySet())) {
            if (entry.getValue().nextExpiry().filter(end -> !now.isBefore(end)).isPresent()) {
                changed(entry.getKey(), entry.getValue());
            }
        }
    }
}
