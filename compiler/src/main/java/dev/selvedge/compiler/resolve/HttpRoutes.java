// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.ServiceView.Backend;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.policy.Validation;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Match;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Timeouts;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The rules of an HTTPRoute as routes; where a reference leads nowhere the route stays and answers 500. */
final class HttpRoutes {
    /**
     * The Gateway API's order for routes of one host. Regular expressions come after prefixes, but before the prefix
     * {@code /}, which would leave nothing to them.
     */
    static final Comparator<ServiceView.Route> PRECEDENCE = Comparator.comparing(HttpRoutes::pathRank)
            .thenComparing(Comparator.comparing(HttpRoutes::prefixLength).reversed())
            .thenComparing(route -> only(route).method().isEmpty())
            .thenComparing(route -> -only(route).headers().size())
            .thenComparing(route -> -only(route).queryParams().size());

    private static final Match EVERYTHING =
            new Match(Optional.of(ServiceView.ANY_PATH), Optional.empty(), List.of(), List.of());
    private static final Timeouts NO_TIMEOUTS = new Timeouts(Optional.empty(), Optional.empty(), Optional.empty());

    private HttpRoutes() {}

    /** A route for each match that can be used. */
    static List<ServiceView.Route> routes(Reads reads, HttpRoute route) {
        var mistakes = Validation.check(route);
        return IntStream.range(0, route.rules().size())
                .boxed()
                .flatMap(rule -> {
                    var matches = route.rules().get(rule).matches();
                    return (matches.isEmpty()
                                    ? Stream.of(EVERYTHING)
                                    : IntStream.range(0, matches.size())
                                            .filter(match -> mistakes.stream().noneMatch(mistake -> mistake.field()
                                                    .startsWith("spec.rules[" + rule + "].matches[" + match + "]")))
                                            .mapToObj(matches::get))
                            .map(match -> route(reads, route, rule, match));
                })
                .toList();
    }

    private static ServiceView.Route route(Reads reads, HttpRoute route, int index, Match match) {
        var rule = route.rules().get(index);
        var timeouts = rule.timeouts().orElse(NO_TIMEOUTS);
        return new ServiceView.Route(
                route.meta().name() + "/" + index,
                List.of(match),
                backends(reads, route, rule),
                timeouts.request(),
                timeouts.idle(),
                ServiceViews.retry(ServiceViews.DEFAULT_RETRIES, timeouts));
    }

    private static List<Backend> backends(Reads reads, HttpRoute route, HttpRoute.Rule rule) {
        if (!rule.unsupported().isEmpty()) {
            return List.of(new Backend.Invalid(1, "not supported: " + String.join(", ", rule.unsupported())));
        }
        return rule.backends().stream()
                .map(backend -> problem(reads, route, backend)
                        .<Backend>map(problem -> new Backend.Invalid(backend.weight(), problem.message()))
                        .orElseGet(() -> new Backend.Endpoints(
                                new ClusterName(backend.name(), backend.port().orElseThrow(), Optional.empty()),
                                backend.weight())))
                .toList();
    }

    /** Why a reference to a backend leads nowhere. */
    record Problem(Reason reason, String message) {}

    static Optional<Problem> problem(Reads reads, HttpRoute route, HttpRoute.Backend backend) {
        var name = backend.name();
        if (!backend.kind().equals("/Service")) {
            return Optional.of(new Problem(Reason.INVALID_KIND, backend.kind() + " is not supported, use a Service"));
        }
        if (!name.namespace().equals(route.meta().name().namespace())) {
            return Optional.of(new Problem(
                    Reason.REF_NOT_PERMITTED,
                    "Service " + name + " is in another namespace, and ReferenceGrants are not supported yet"));
        }
        var service = reads.service(name);
        if (service.isEmpty()) {
            return Optional.of(new Problem(Reason.BACKEND_NOT_FOUND, "Service " + name + " does not exist"));
        }
        if (backend.port().isEmpty()) {
            return Optional.of(new Problem(Reason.UNSUPPORTED_VALUE, "no port is given for Service " + name));
        }
        int port = backend.port().get();
        return service.get().ports().stream().anyMatch(found -> found.port() == port)
                ? Optional.empty()
                : Optional.of(new Problem(Reason.BACKEND_NOT_FOUND, "Service " + name + " has no port " + port));
    }

    private static int pathRank(ServiceView.Route route) {
        return switch (path(route)) {
            case StringMatch.Exact _ -> 0;
            case StringMatch.Prefix(var value) -> value.equals("/") ? 3 : 1;
            case StringMatch.Regex _ -> 2;
            case StringMatch.Present _ -> 3;
        };
    }

    private static int prefixLength(ServiceView.Route route) {
        return path(route) instanceof StringMatch.Prefix(var value) ? value.length() : 0;
    }

    private static StringMatch path(ServiceView.Route route) {
        return only(route).path().orElse(ServiceView.ANY_PATH);
    }

    private static Match only(ServiceView.Route route) {
        return route.matches().getFirst();
    }
}
