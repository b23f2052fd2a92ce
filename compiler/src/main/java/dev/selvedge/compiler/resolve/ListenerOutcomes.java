// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.diagnostic.Condition;
import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Condition.Type;
import dev.selvedge.compiler.diagnostic.FieldError;
import dev.selvedge.compiler.diagnostic.ListenerOutcome;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.resolve.Listeners.Objection;
import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.Gateway.Listener;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.HttpRoute.Parent.ToGateway;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What became of the listeners of a Gateway. */
final class ListenerOutcomes {
    private ListenerOutcomes() {}

    /** @param routes what became of a route */
    static List<ListenerOutcome> of(Reads reads, Function<ObjectRef, Optional<Outcome>> routes, Gateway gateway) {
        return gateway.listeners().stream()
                .map(listener -> new ListenerOutcome(
                        listener.name(),
                        conditions(reads, gateway, listener),
                        Listeners.kinds(listener),
                        attached(reads, routes, gateway, listener)))
                .toList();
    }

    private static List<Condition> conditions(Reads reads, Gateway gateway, Listener listener) {
        var objection = Listeners.objection(gateway, listener);
        return List.of(accepted(reads, objection), resolvedRefs(listener), conflicted(objection));
    }

    private static Condition accepted(Reads reads, Optional<Objection> objection) {
        if (reads.mesh().isEmpty()) {
            return Conditions.noMesh();
        }
        return objection
                .map(it -> Conditions.notAccepted(it.reason(), "Not served: " + it.message() + "."))
                .orElseGet(() -> Conditions.accepted("The listener is served."));
    }

    private static Condition resolvedRefs(Listener listener) {
        return Conditions.resolvedRefs(
                Reason.INVALID_ROUTE_KINDS,
                Listeners.invalidKinds(listener).stream()
                        .map(kind -> new FieldError(
                                        "allowedRoutes.kinds",
                                        kind,
                                        "no such route can attach here",
                                        "name HTTPRoute or GRPCRoute, with protocol HTTP")
                                .message())
                        .toList());
    }

    private static Condition conflicted(Optional<Objection> objection) {
        return objection
                .filter(it -> it.reason() == Reason.HOSTNAME_CONFLICT)
                .map(it ->
                        new Condition(Type.CONFLICTED, true, it.reason(), Conditions.sentences(List.of(it.message()))))
                .orElseGet(() ->
                        new Condition(Type.CONFLICTED, false, Reason.NO_CONFLICTS, "No other listener is in its way."));
    }

    /** As the Gateway API counts them: each accepted route once. */
    private static int attached(
            Reads reads, Function<ObjectRef, Optional<Outcome>> routes, Gateway gateway, Listener listener) {
        return (int) reads.httpRoutes(gateway.meta().name()).stream()
                .filter(route -> route.parents().stream()
                        .anyMatch(parent -> parent instanceof ToGateway to
                                && Attachment.isAt(reads, gateway, listener, route, to)
                                && isAccepted(routes, route, to)))
                .count();
    }

    private static boolean isAccepted(
            Function<ObjectRef, Optional<Outcome>> routes, HttpRoute route, ToGateway parent) {
        return routes.apply(route.ref()).stream()
                .flatMap(outcome -> outcome.parents().getOrDefault(parent, List.of()).stream())
                .anyMatch(condition -> condition.type() == Type.ACCEPTED && condition.status());
    }
}
