// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static java.util.function.Predicate.not;

import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Retries;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Timeouts;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What of a TrafficPolicy does not hold for requests that come through a gateway, one sentence each. */
final class GatewayNotes {
    private final Reads reads;
    private final Function<ObjectName, ServiceTraffic> traffic;
    private final TrafficPolicy policy;

    private GatewayNotes(Reads reads, Function<ObjectName, ServiceTraffic> traffic, TrafficPolicy policy) {
        this.reads = reads;
        this.traffic = traffic;
        this.policy = policy;
    }

    /** Without their full stops. */
    static List<String> of(Reads reads, Function<ObjectName, ServiceTraffic> traffic, TrafficPolicy policy) {
        var notes = new GatewayNotes(reads, traffic, policy);
        return policy.services().stream()
                .distinct()
                .flatMap(notes::of)
                .distinct()
                .toList();
    }

    private Stream<String> of(ObjectName service) {
        var routes = reads.httpRoutesTo(service).stream()
                .filter(this::isAttached)
                .filter(route -> leading(route, service).findAny().isPresent())
                .toList();
        return Stream.concat(
                routes.stream()
                        .filter(route -> hasMatches(route, service))
                        .limit(1)
                        .map(route -> "Requests through a gateway"
                                + " (" + route.kindName() + " " + route.meta().name()
                                + ") are not matched against spec.routes; of those for"
                                + " a port, the first without matches divides what the gateway sends to Service "
                                + service),
                routes.stream()
                        .flatMap(route -> leading(route, service).flatMap(rule -> ofRule(route, rule, service))));
    }

    private boolean isAttached(HttpRoute route) {
        return route.parents().stream()
                .anyMatch(parent -> parent instanceof HttpRoute.Parent.ToGateway to
                        && reads.gateway(to.name())
                                .filter(gateway ->
                                        Attachment.of(reads, gateway, route, to) instanceof Attachment.Attached)
                                .isPresent());
    }

    /** The numbers of the rules that send requests to a Service. */
    private Stream<Integer> leading(HttpRoute route, ObjectName service) {
        return IntStream.range(0, route.rules().size())
                .filter(i -> route.rules().get(i).unsupported().isEmpty())
                .filter(i -> !ports(route.rules().get(i), route, service).isEmpty())
                .boxed();
    }

    /** To which ports of a Service a rule sends requests. */
    private List<Integer> ports(HttpRoute.Rule rule, HttpRoute route, ObjectName service) {
        return rule.backends().stream()
                .filter(backend -> backend.name().equals(service)
                        && backend.weight() > 0
                        && HttpRoutes.problem(reads, route, backend, Optional.empty())
                                .isEmpty())
                .flatMap(backend -> backend.port().stream())
                .distinct()
                .toList();
    }

    private boolean hasMatches(HttpRoute route, ObjectName service) {
        return traffic.apply(service).routes().equals(policy.routes())
                && leading(route, service)
                        .flatMap(i -> ports(route.rules().get(i), route, service).stream())
                        .flatMap(port -> policy.routes().stream().filter(it -> it.isFor(port)))
                        .anyMatch(it -> !it.matches().isEmpty());
    }

    private Stream<String> ofRule(HttpRoute route, int number, ObjectName service) {
        var rule = route.rules().get(number);
        var settings = settings(ports(rule, route, service));
        var name = route.kindName() + " " + route.meta().name() + " (spec.rules[" + number + "])";
        var own = settings(rule.timeouts(), rule.retries());
        var lost = settings.stream().filter(own::contains).toList();
        var disagreed = RuleTraffic.of(reads, traffic, route, rule, Optional.empty()).disagreements().stream()
                .filter(settings::contains)
                .filter(not(own::contains))
                .toList();
        return Stream.concat(
                lost.isEmpty()
                        ? Stream.of()
                        : Stream.of(name + " decides " + String.join(", ", lost) + " for requests through its gateway"),
                disagreed.isEmpty()
                        ? Stream.of()
                        : Stream.of(name + " leads to Services that want different " + String.join(", ", disagreed)
                                + ", so requests through its gateway get none of them"));
    }

    /** What this policy sets for all requests to one of these ports, or for those that it does not match otherwise. */
    private List<String> settings(List<Integer> ports) {
        return Stream.concat(
                        settings(policy.timeouts(), policy.retries()).stream(),
                        ports.stream()
                                .flatMap(port -> policy.routes().stream()
                                        .filter(route -> route.isFor(port)
                                                && route.matches().isEmpty())
                                        .limit(1))
                                .flatMap(route -> settings(route.timeouts(), route.retries()).stream()))
                .distinct()
                .toList();
    }

    private static List<String> settings(Optional<Timeouts> timeouts, Optional<Retries> retries) {
        return Stream.of(
                        timeouts.flatMap(Timeouts::request).map(_ -> RuleTraffic.REQUEST),
                        timeouts.flatMap(Timeouts::perTry).map(_ -> RuleTraffic.PER_TRY),
                        timeouts.flatMap(Timeouts::idle).map(_ -> RuleTraffic.IDLE),
                        timeouts.flatMap(Timeouts::stream).map(_ -> RuleTraffic.STREAM),
                        retries.map(_ -> RuleTraffic.RETRIES))
                .flatMap(Optional::stream)
                .toList();
    }
}
