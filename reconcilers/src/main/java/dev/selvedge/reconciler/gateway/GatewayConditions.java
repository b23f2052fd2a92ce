// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes conditions of the Gateway API.
 *
 * @param previous those of the status as it is; the time of the last transition is kept while a status does not change
 * @param generation of the object that the conditions are about
 */
record GatewayConditions(@Nullable List<Condition> previous, long generation, Clock clock) {
    Condition of(String type, boolean status, String reason, String message) {
        return of(type, status ? "True" : "False", reason, message);
    }

    Condition of(String type, String status, String reason, String message) {
        return new ConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withReason(reason)
                .withMessage(message)
                .withObservedGeneration(generation)
                .withLastTransitionTime(since(type, status))
                .build();
    }

    /** The condition of that type as it is, if it speaks of this generation. */
    Optional<Condition> known(String type) {
        return (previous == null ? List.<Condition>of() : previous)
                .stream()
                        .filter(condition -> type.equals(condition.getType())
                                && Objects.equals(condition.getObservedGeneration(), generation))
                        .findFirst();
    }

    private String since(String type, String status) {
        return (previous == null ? List.<Condition>of() : previous)
                .stream()
                        .filter(condition -> type.equals(condition.getType()) && status.equals(condition.getStatus()))
                        .map(Condition::getLastTransitionTime)
                        .findFirst()
                        .orElseGet(() -> Instant.now(clock)
                                .truncatedTo(ChronoUnit.SECONDS)
                                .toString());
    }
}
