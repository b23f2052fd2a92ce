// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.diagnostic.Condition;
import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.FieldError;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.policy.Validation;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What became of an HTTPRoute, over all of its parents that are Gateways of ours. */
final class HttpRouteOutcomes {
    private HttpRouteOutcomes() {}

    static Optional<Outcome> of(Reads reads, HttpRoute route) {
        return route.gateways().stream().allMatch(name -> reads.gateway(name).isEmpty())
                ? Optional.empty()
                : Optional.of(Outcomes.outcome(
                        route.ref(),
                        route.meta(),
                        List.of(accepted(reads, route), resolvedRefs(reads, route)),
                        List.of()));
    }

    private static Condition accepted(Reads reads, HttpRoute route) {
        if (reads.mesh().isEmpty()) {
            return Conditions.noMesh();
        }
        for (var parent : route.parents()) {
            var attachment =
                    reads.gateway(parent.gateway()).map(gateway -> Attachment.of(reads, gateway, route, parent));
            if (attachment.orElse(null) instanceof Attachment.Refused(var reason, var message)) {
                return Conditions.notAccepted(
                        reason, "Not attached to Gateway " + parent.gateway() + ": " + message + ".");
            }
        }
        var unusable = unusable(route);
        return unusable.isEmpty()
                ? Conditions.accepted("Attached.")
                : Conditions.notAccepted(Reason.UNSUPPORTED_VALUE, Conditions.sentences(unusable));
    }

    private static List<String> unusable(HttpRoute route) {
        var unusable = new ArrayList<String>();
        for (int i = 0; i < route.rules().size(); i++) {
            var unsupported = route.rules().get(i).unsupported();
            if (!unsupported.isEmpty()) {
                unusable.add("spec.rules[" + i + "] is answered with 500, because this is not supported: "
                        + String.join(", ", unsupported));
            }
        }
        Validation.check(route).stream()
                .map(FieldError::message)
                .map(message -> message + " (this match is left out)")
                .forEach(unusable::add);
        return unusable;
    }

    private static Condition resolvedRefs(Reads reads, HttpRoute route) {
        var problems = new ArrayList<HttpRoutes.Problem>();
        for (int i = 0; i < route.rules().size(); i++) {
            var backends = route.rules().get(i).backends();
            for (int j = 0; j < backends.size(); j++) {
                var field = "spec.rules[" + i + "].backendRefs[" + j + "]";
                HttpRoutes.problem(reads, route, backends.get(j))
                        .map(problem -> new HttpRoutes.Problem(problem.reason(), field + ": " + problem.message()))
                        .ifPresent(problems::add);
            }
        }
        return problems.isEmpty()
                ? Conditions.resolvedRefs(Reason.RESOLVED_REFS, List.of())
                : Conditions.resolvedRefs(
                        problems.getFirst().reason(),
                        Stream.concat(
                                        problems.stream().map(HttpRoutes.Problem::message),
                                        Stream.of("Their share of the requests is answered with 500"))
                                .toList());
    }
}
