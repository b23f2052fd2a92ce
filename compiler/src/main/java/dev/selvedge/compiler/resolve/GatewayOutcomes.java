// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.diagnostic.Condition;
import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Condition.Type;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** What became of a Gateway. */
final class GatewayOutcomes {
    private GatewayOutcomes() {}

    /** @param routes what became of a route */
    static Outcome of(Reads reads, Function<ObjectRef, Optional<Outcome>> routes, Gateway gateway) {
        return new Outcome(
                gateway.ref(),
                gateway.meta().generation(),
                List.of(accepted(reads, gateway)),
                List.of(),
                List.of(),
                Map.of(),
                ListenerOutcomes.of(reads, routes, gateway));
    }

    /** As the Gateway API says, it is accepted when one of its listeners is. */
    private static Condition accepted(Reads reads, Gateway gateway) {
        if (reads.mesh().isEmpty()) {
            return Conditions.noMesh();
        }
        var objections = gateway.listeners().stream()
                .flatMap(listener -> Listeners.objection(gateway, listener).stream()
                        .map(objection -> "Listener " + listener.name() + " is not served: " + objection.message()))
                .toList();
        if (objections.isEmpty()) {
            return Conditions.accepted("All listeners are served.");
        }
        return new Condition(
                Type.ACCEPTED,
                objections.size() < gateway.listeners().size(),
                Reason.LISTENERS_NOT_VALID,
                Conditions.sentences(objections));
    }
}
