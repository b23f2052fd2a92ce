// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static java.util.stream.Collectors.toCollection;

import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.ServiceView.Backend;
import dev.selvedge.compiler.policy.TimingRules;
import dev.selvedge.compiler.policy.Validation;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.ReferenceGrant;
import dev.selvedge.compiler.snapshot.RouteActions;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Match;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
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

    /** Of routes that match alike the older wins (Gateway API), then the first by name. */
    static final Comparator<HttpRoute> OLDEST_FIRST = Comparator.comparing(
                    (HttpRoute route) -> route.meta().createdAt())
            .thenComparing(route -> route.meta().name())
            .thenComparing(HttpRoute::kind);

    private static final Match EVERYTHING =
            new Match(Optional.of(ServiceView.ANY_PATH), Optional.empty(), List.of(), List.of());

    private HttpRoutes() {}

    /**
     * A route that a rule makes.
     *
     * @param rule its number in {@code from}
     */
    record Made(HttpRoute from, int rule, ServiceView.Route route) {}

    /**
     * A route for each match that can be used.
     *
     * @param called the Service that the route is attached to; empty at a gateway
     */
    static List<ServiceView.Route> routes(
            Reads reads, Function<ObjectName, ServiceTraffic> traffic, HttpRoute route, Optional<ObjectName> called) {
        return made(reads, traffic, route, called).map(Made::route).toList();
    }

    /** What routes make that are attached to a Service; the first match wins. */
    static List<Made> attached(
            Reads reads, Function<ObjectName, ServiceTraffic> traffic, List<HttpRoute> attached, ObjectName called) {
        return attached.stream()
                .sorted(OLDEST_FIRST)
                .flatMap(route -> made(reads, traffic, route, Optional.of(called)))
                .sorted(Comparator.comparing(Made::route, PRECEDENCE))
                .toList();
    }

    private static Stream<Made> made(
            Reads reads, Function<ObjectName, ServiceTraffic> traffic, HttpRoute route, Optional<ObjectName> called) {
        var mistakes = Validation.check(route);
        return IntStream.range(0, route.rules().size()).boxed().flatMap(rule -> {
            var matches = route.rules().get(rule).matches();
            return (matches.isEmpty()
                            ? Stream.of(EVERYTHING)
                            : IntStream.range(0, matches.size())
                                    .filter(match -> mistakes.stream().noneMatch(mistake -> mistake.field()
                                            .startsWith("spec.rules[" + rule + "].matches[" + match + "]")))
                                    .mapToObj(matches::get))
                    .map(match -> new Made(route, rule, route(reads, traffic, route, rule, match, called)));
        });
    }

    /** The route itself, and the policies of the Services that it leads to. */
    static SortedSet<Origin> origins(
            Reads reads, Function<ObjectName, ServiceTraffic> traffic, HttpRoute route, Optional<ObjectName> called) {
        return Stream.concat(
                        Stream.of(new Origin(route.ref(), route.meta().generation())),
                        route.rules().stream()
                                .filter(rule -> rule.unsupported().isEmpty())
                                .flatMap(rule -> RuleTraffic.of(reads, traffic, route, rule, called)
                                        .origins()))
                .collect(toCollection(TreeSet::new));
    }

    private static ServiceView.Route route(
            Reads reads,
            Function<ObjectName, ServiceTraffic> traffic,
            HttpRoute route,
            int index,
            Match match,
            Optional<ObjectName> called) {
        var rule = route.rules().get(index);
        var policies = RuleTraffic.of(reads, traffic, route, rule, called);
        var own = called.map(traffic);
        var timeouts = TimingRules.inEffect(
                rule.timeouts(),
                Optional.of(TimingRules.inEffect(own.map(ServiceTraffic::timeouts), Optional.of(policies.timeouts()))));
        var retries =
                rule.retries().or(() -> own.flatMap(ServiceTraffic::retries)).or(policies::retries);
        var hashing = own.filter(it -> !it.hash().isEmpty());
        return new ServiceView.Route(
                route.meta().name() + "/" + rule.name().orElse(Integer.toString(index)),
                List.of(match),
                rule.unsupported().isEmpty()
                        ? policies.backends(reads)
                        : List.of(new Backend.Invalid(1, "not supported: " + String.join(", ", rule.unsupported()))),
                timeouts.request(),
                timeouts.idle(),
                timeouts.stream(),
                ServiceViews.retry(retries.orElse(ServiceViews.DEFAULT_RETRIES), timeouts),
                hashing.map(ServiceTraffic::hash).orElseGet(policies::hash),
                hashing.map(ServiceTraffic::isSticky).orElseGet(policies::isSticky),
                rule.unsupported().isEmpty() ? rule.actions() : RouteActions.NONE,
                mirrors(reads, route, rule, called));
    }

    /** A copy to a Service that is not there is not sent. */
    private static List<ServiceView.Mirror> mirrors(
            Reads reads, HttpRoute route, HttpRoute.Rule rule, Optional<ObjectName> called) {
        return rule.mirrors().stream()
                .filter(mirror ->
                        problem(reads, route, mirror.backend(), called).isEmpty())
                .map(mirror -> new ServiceView.Mirror(
                        new ServiceView.ClusterName(
                                mirror.backend().name(), mirror.backend().port().orElseThrow(), Optional.empty()),
                        mirror.share()))
                .toList();
    }

    /** Why a reference to a backend leads nowhere. */
    record Problem(Reason reason, String message) {}

    /** In the mesh every Service can be called, so nobody need grant that a route leads to it. */
    static Optional<Problem> problem(
            Reads reads, HttpRoute route, HttpRoute.Backend backend, Optional<ObjectName> called) {
        var name = backend.name();
        if (!backend.kind().equals(HttpRoute.SERVICE)) {
            return Optional.of(new Problem(
                    Reason.INVALID_KIND,
                    (backend.kind().startsWith("/") ? backend.kind().substring(1) : backend.kind())
                            + " is not supported, use a Service"));
        }
        if (called.isEmpty() && !isGranted(reads, route, backend)) {
            return Optional.of(new Problem(
                    Reason.REF_NOT_PERMITTED,
                    "Service " + name + " is in another namespace, and no ReferenceGrant there allows "
                            + route.kindName() + "s of namespace "
                            + route.meta().name().namespace() + " to refer to it"));
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

    private static boolean isGranted(Reads reads, HttpRoute route, HttpRoute.Backend backend) {
        var namespace = route.meta().name().namespace();
        var from = new ReferenceGrant.From(route.groupKind(), namespace);
        return backend.name().namespace().equals(namespace)
                || reads.referenceGrants(backend.name().namespace()).stream()
                        .anyMatch(grant -> grant.allows(
                                from, backend.kind(), backend.name().name()));
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
