// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.status;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.Condition.Status;
import java.time.Clock;
import java.time.Instant;
import java.util.List;

/**
 * Makes the conditions of our kinds.
 *
 * @param previous those of the status as it is; the time of the last transition is kept while a status does not change
 * @param generation of the spec that the new conditions speak of
 */
public record Conditions(List<Condition> previous, long generation, Clock clock) {
    public Conditions {
        previous = List.copyOf(previous);
    }

    /** A condition of that type, one or two sentences long: what is so, why, what to do. */
    public Condition of(String type, Status status, String reason, String message) {
        var since = previous.stream()
                .filter(condition -> condition.type().equals(type) && condition.status() == status)
                .map(Condition::lastTransitionTime)
                .findFirst()
                .orElseGet(() -> Instant.now(clock));
        return new Condition(type, status, generation, since, reason, message);
    }

    public Condition of(String type, boolean status, String reason, String message) {
        return of(type, status ? Status.TRUE : Status.FALSE, reason, message);
    }
}
