// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.status;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.Condition.Status;
import dev.selvedge.api.v1alpha1.ProxyCounts;
import dev.selvedge.compiler.diagnostic.Effective;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.reconciler.status.MeshState.Delivery;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the status of a policy says, as a pure function of what the compiler made of it and where it was delivered. */
public record PolicyStatus(
        long observedGeneration,
        List<Condition> conditions,
        ProxyCounts proxies,
        List<String> overriddenBy,
        List<Effective> effective) {
    public PolicyStatus {
        conditions = List.copyOf(conditions);
        overriddenBy = List.copyOf(overriddenBy);
        effective = List.copyOf(effective);
    }

    /**
     * @param outcome of the policy, whatever generation it speaks of; an older one is not reported as this one's
     */
    public static PolicyStatus of(Conditions factory, Optional<Outcome> outcome, Delivery delivery) {
        var compiled = outcome.filter(o -> o.generation() == factory.generation());
        var conditions = new ArrayList<Condition>();
        compiled.ifPresentOrElse(
                o -> o.conditions()
                        .forEach(condition -> conditions.add(factory.of(
                                condition.type().text(),
                                condition.status(),
                                condition.reason().text(),
                                condition.message()))),
                () -> conditions.add(factory.of(
                        "Accepted", Status.UNKNOWN, "Pending", "This generation has not been compiled yet.")));
        conditions.add(programmed(factory, compiled, delivery));
        return new PolicyStatus(
                factory.generation(),
                conditions,
                counts(delivery),
                compiled.map(Outcome::overriddenBy).orElse(List.of()),
                compiled.map(Outcome::effective).orElse(List.of()));
    }

    private static Condition programmed(Conditions factory, Optional<Outcome> compiled, Delivery delivery) {
        if (compiled.isEmpty()) {
            return factory.of(Programmed.TYPE, Status.UNKNOWN, "Pending", "This generation has not been compiled yet.");
        }
        boolean accepted = compiled.get().conditions().stream()
                .filter(condition -> condition.type() == dev.selvedge.compiler.diagnostic.Condition.Type.ACCEPTED)
                .allMatch(dev.selvedge.compiler.diagnostic.Condition::status);
        var programmed = Programmed.of(accepted, delivery, factory.generation());
        return factory.of(Programmed.TYPE, programmed.status(), programmed.reason(), programmed.message());
    }

    private static ProxyCounts counts(Delivery delivery) {
        return new ProxyCounts(
                delivery.total(),
                delivery.current(),
                delivery.pending(),
                delivery.rejecting(),
                delivery.current() + "/" + delivery.total());
    }
}
