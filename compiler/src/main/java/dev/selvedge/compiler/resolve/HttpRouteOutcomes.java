// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.diagnostic.Condition;
import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.FieldError;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.policy.Validation;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.HttpRoute.Parent;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** What became of a route, at each of its parents that is a Gateway of ours or a Service. */
final class HttpRouteOutcomes {
    private HttpRouteOutcomes() {}

    /** Its conditions are those of the first parent that has something to complain of; none without a parent of ours. */
    static Outcome of(Reads reads, Function<ObjectName, ServiceTraffic> traffic, HttpRoute route) {
        var parents = new LinkedHashMap<Parent, List<Condition>>();
        for (var parent : route.parents()) {
            if (isOurs(reads, parent)) {
                parents.put(
                        parent, List.of(accepted(reads, traffic, route, parent), resolvedRefs(reads, route, parent)));
            }
        }
        var conditions = parents.values().stream()
                .filter(each -> !each.stream().allMatch(Condition::status))
                .findFirst()
                .or(() -> parents.values().stream().findFirst())
                .orElse(List.of());
        return new Outcome(
                route.ref(), route.meta().generation(), conditions, List.of(), List.of(), parents, List.of());
    }

    /** Every Service is: that there is none of the name is to be told too. */
    private static boolean isOurs(Reads reads, Parent parent) {
        return switch (parent) {
            case Parent.ToGateway to -> reads.gateway(to.name()).isPresent();
            case Parent.ToService _ -> reads.mesh().isPresent();
        };
    }

    private static Condition accepted(
            Reads reads, Function<ObjectName, ServiceTraffic> traffic, HttpRoute route, Parent parent) {
        if (reads.mesh().isEmpty()) {
            return Conditions.noMesh();
        }
        var refusal = refusal(reads, traffic, route, parent);
        if (refusal.isPresent()) {
            return Conditions.notAccepted(
                    refusal.get().reason(),
                    "Not attached to " + text(parent) + ": " + refusal.get().message() + ".");
        }
        var unusable = unusable(route);
        return unusable.isEmpty()
                ? Conditions.accepted(attached(reads, route, parent))
                : Conditions.notAccepted(Reason.UNSUPPORTED_VALUE, Conditions.sentences(unusable));
    }

    private static Optional<Attachment.Refused> refusal(
            Reads reads, Function<ObjectName, ServiceTraffic> traffic, HttpRoute route, Parent parent) {
        return switch (parent) {
            case Parent.ToGateway to ->
                reads.gateway(to.name())
                        .map(gateway -> Attachment.of(reads, gateway, route, to))
                        .flatMap(attachment -> attachment instanceof Attachment.Refused refused
                                ? Optional.of(refused)
                                : Optional.empty());
            case Parent.ToService to -> ServiceAttachment.refusal(reads, traffic, route, to);
        };
    }

    private static String attached(Reads reads, HttpRoute route, Parent parent) {
        var namespace = route.meta().name().namespace();
        return switch (parent) {
            case Parent.ToGateway _ -> "Attached.";
            case Parent.ToService to
            when to.name().namespace().equals(namespace) ->
                "Attached: it routes the requests of all clients in the mesh.";
            case Parent.ToService to ->
                "Attached: it routes the requests of clients in namespace " + namespace + ", instead of what Service "
                        + to.name() + " has for others.";
        };
    }

    private static String text(Parent parent) {
        return switch (parent) {
            case Parent.ToGateway(var name, var _, var _) -> "Gateway " + name;
            case Parent.ToService(var name, var port) ->
                "Service " + name + port.map(number -> " (port " + number + ")").orElse("");
        };
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
                .map(message -> message + " (this is left out)")
                .forEach(unusable::add);
        return unusable;
    }

    private static Condition resolvedRefs(Reads reads, HttpRoute route, Parent parent) {
        var called = parent instanceof Parent.ToService to ? Optional.of(to.name()) : Optional.<ObjectName>empty();
        var problems = new ArrayList<HttpRoutes.Problem>();
        for (int i = 0; i < route.rules().size(); i++) {
            var rule = route.rules().get(i);
            for (int j = 0; j < rule.backends().size(); j++) {
                var field = "spec.rules[" + i + "].backendRefs[" + j + "]";
                HttpRoutes.problem(reads, route, rule.backends().get(j), called)
                        .map(problem -> new HttpRoutes.Problem(problem.reason(), field + ": " + problem.message()))
                        .ifPresent(problems::add);
            }
        }
        var some = problems.size();
        for (int i = 0; i < route.rules().size(); i++) {
            for (var mirror : route.rules().get(i).mirrors()) {
                var field = "spec.rules[" + i + "].filters (RequestMirror)";
                HttpRoutes.problem(reads, route, mirror.backend(), called)
                        .map(problem -> new HttpRoutes.Problem(
                                problem.reason(), field + ": " + problem.message() + "; no copies are sent there"))
                        .ifPresent(problems::add);
            }
        }
        return problems.isEmpty()
                ? Conditions.resolvedRefs(Reason.RESOLVED_REFS, List.of())
                : Conditions.resolvedRefs(
                        problems.getFirst().reason(),
                        Stream.concat(
                                        problems.stream().map(HttpRoutes.Problem::message),
                                        some == 0
                                                ? Stream.of()
                                                : Stream.of("Their share of the requests is answered with 500"))
                                .toList());
    }
}
