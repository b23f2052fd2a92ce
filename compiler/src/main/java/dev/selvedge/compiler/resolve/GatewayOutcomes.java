// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.diagnostic.Condition;
import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Condition.Type;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.List;

/** What became of a Gateway. */
final class GatewayOutcomes {
    private GatewayOutcomes() {}

    static Outcome of(Reads reads, Gateway gateway) {
        return Outcomes.outcome(gateway.ref(), gateway.meta(), List.of(accepted(reads, gateway)), List.of());
    }

    /** As the Gateway API says, it is accepted when one of its listeners is. */
    private static Condition accepted(Reads reads, Gateway gateway) {
        if (reads.mesh().isEmpty()) {
            return Conditions.noMesh();
        }
        var objections = gateway.listeners().stream()
                .flatMap(listener -> Listeners.objection(gateway, listener).stream()
                        .map(objection -> "Listener " + listener.name() + " is not served: " + objection))
                .toList();
        if (objections.isEmpty()) {
            return Conditions.accepted("All listeners are served.");
        }
        return new Condition(
                Type.ACCEPTED,
                objections.size() < gateway.listeners().size(),
                Reason.UNSUPPORTED_VALUE,
                Conditions.sentences(objections));
    }
}
