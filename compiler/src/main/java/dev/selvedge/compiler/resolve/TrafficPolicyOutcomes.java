// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static java.util.stream.Collectors.joining;

import dev.selvedge.compiler.diagnostic.Condition;
import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Effective;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.policy.Validation;
import dev.selvedge.compiler.resolve.ServiceTraffic.Loss;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** What became of a TrafficPolicy. */
final class TrafficPolicyOutcomes {
    private TrafficPolicyOutcomes() {}

    static Outcome of(Reads reads, Function<ObjectName, ServiceTraffic> traffic, TrafficPolicy policy) {
        var losses = policy.services().stream()
                .distinct()
                .flatMap(service -> Stream.of(
                                traffic.apply(service).losses(),
                                ServerTraffic.of(reads, traffic.apply(service), service)
                                        .losses())
                        .flatMap(lost -> losses(lost, policy, service)))
                .toList();
        var overrides = policy.services().stream()
                .distinct()
                .flatMap(service -> overrides(reads, traffic, policy, service))
                .toList();
        var accepted = Conditions.invalid(Validation.check(policy), "Nothing of this policy is applied.")
                .or(() -> Conditions.outside(reads, policy.meta().name().namespace()))
                .or(() -> targetsNothing(reads, policy))
                .or(() -> asksWhoIsAsked(reads, policy))
                .orElseGet(() -> inForce(
                        reads,
                        policy,
                        losses,
                        Stream.of(
                                        overrides,
                                        RouteNotes.of(reads, traffic, policy),
                                        ConnectionNotes.of(reads, traffic, policy),
                                        ServerNotes.of(reads, traffic, policy),
                                        GatewayNotes.of(reads, traffic, policy))
                                .flatMap(List::stream)
                                .toList()));
        return Outcomes.outcome(
                        policy.ref(),
                        policy.meta(),
                        List.of(accepted, resolvedRefs(reads, traffic, policy)),
                        Stream.concat(losses.stream(), overrides.stream()).toList())
                .inForce(policy.services().stream()
                        .distinct()
                        .flatMap(service -> effective(reads, traffic, policy, service))
                        .toList());
    }

    /** Of a Service at which other policies decide something: who decides what. */
    private static Stream<Effective> effective(
            Reads reads, Function<ObjectName, ServiceTraffic> traffic, TrafficPolicy policy, ObjectName service) {
        var deciders = new TreeMap<>(traffic.apply(service).deciders());
        deciders.putAll(ServerTraffic.of(reads, traffic.apply(service), service).deciders());
        return deciders.values().stream().allMatch(policy.meta().name()::equals)
                ? Stream.empty()
                : deciders.entrySet().stream().map(entry -> new Effective(service, entry.getKey(), entry.getValue()));
    }

    /** The routes of the Gateway API that win over the policy's own, one sentence each. */
    private static Stream<String> overrides(
            Reads reads, Function<ObjectName, ServiceTraffic> traffic, TrafficPolicy policy, ObjectName service) {
        return policy.routes().isEmpty() || !traffic.apply(service).routes().equals(policy.routes())
                ? Stream.empty()
                : reads.httpRoutesOf(service).stream()
                        .filter(route -> ServiceRoutes.parents(route, service)
                                .filter(parent -> ServiceAttachment.refusal(reads, traffic, route, parent)
                                        .isEmpty())
                                .anyMatch(parent -> overrides(reads, traffic.apply(service), service, parent)))
                        .map(route -> route.kindName() + " " + route.meta().name() + " decides spec.routes of Service "
                                + service + clients(route, service));
    }

    /** Whether the policies have routes for a port at which a route attaches. */
    private static boolean overrides(
            Reads reads, ServiceTraffic traffic, ObjectName service, HttpRoute.Parent.ToService parent) {
        return reads.service(service).stream()
                .flatMap(it -> it.ports().stream())
                .filter(port -> parent.port().stream().allMatch(given -> given == port.port()))
                .filter(port -> ServiceRoutes.isRouted(traffic, port))
                .anyMatch(port -> !traffic.routes(port.port()).isEmpty());
    }

    private static String clients(HttpRoute route, ObjectName service) {
        var namespace = route.meta().name().namespace();
        return namespace.equals(service.namespace()) ? "" : " for clients in namespace " + namespace;
    }

    private static Stream<String> losses(Map<ObjectName, List<Loss>> losses, TrafficPolicy policy, ObjectName service) {
        return losses.getOrDefault(policy.meta().name(), List.of()).stream()
                .map(loss -> "TrafficPolicy " + loss.winner() + " decides " + loss.field() + " of Service " + service);
    }

    private static Optional<Condition> targetsNothing(Reads reads, TrafficPolicy policy) {
        return policy.services().stream()
                        .allMatch(service -> reads.service(service).isEmpty())
                ? Optional.of(Conditions.notAccepted(
                        Reason.TARGET_NOT_FOUND,
                        "None of its targets exists, so this has no effect. It applies as soon as one does."))
                : Optional.empty();
    }

    private static Optional<Condition> asksWhoIsAsked(Reads reads, TrafficPolicy policy) {
        var unusable = CountingPods.unusable(reads, policy);
        return unusable.isEmpty()
                ? Optional.empty()
                : Optional.of(Conditions.notAccepted(
                        Reason.UNSUPPORTED_VALUE,
                        Conditions.sentences(unusable) + " The rest of this policy applies."));
    }

    private static Condition inForce(Reads reads, TrafficPolicy policy, List<String> losses, List<String> notes) {
        var noted = notes.isEmpty() ? "" : " " + Conditions.sentences(notes);
        if (!losses.isEmpty()) {
            return Conditions.notAccepted(
                    Reason.CONFLICTED,
                    Conditions.sentences(losses) + " The oldest policy wins; the rest of this one applies." + noted);
        }
        return Conditions.accepted("In force for "
                + policy.services().stream()
                        .filter(service -> reads.service(service).isPresent())
                        .map(service -> "Service " + service)
                        .collect(joining(", ", "", "."))
                + noted);
    }

    private static Condition resolvedRefs(
            Reads reads, Function<ObjectName, ServiceTraffic> traffic, TrafficPolicy policy) {
        var missing = policy.services().stream()
                .filter(service -> reads.service(service).isEmpty())
                .map(service -> "Service " + service + " does not exist")
                .toList();
        var dangling = new ArrayList<>(ServerNotes.unanswered(reads, policy));
        for (var name : policy.services()) {
            reads.service(name).ifPresent(service -> {
                missingPorts(policy, service).forEach(dangling::add);
                undefined(traffic.apply(name), policy, route -> route.backends().stream()
                                .flatMap(backend -> backend.subset().stream()))
                        .map(subset -> "No TrafficPolicy defines subset " + subset + " of Service " + name
                                + ", so its share is answered with 500")
                        .forEach(dangling::add);
                undefined(traffic.apply(name), policy, route -> route.mirrors().stream()
                                .flatMap(mirror -> mirror.subset().stream()))
                        .map(subset -> "No TrafficPolicy defines subset " + subset + " of Service " + name
                                + ", so it gets no copies")
                        .forEach(dangling::add);
            });
        }
        return missing.isEmpty()
                ? Conditions.resolvedRefs(Reason.BACKEND_NOT_FOUND, dangling)
                : Conditions.resolvedRefs(
                        Reason.TARGET_NOT_FOUND,
                        Stream.concat(missing.stream(), dangling.stream()).toList());
    }

    /** The ports that the policy names and a Service has not. */
    private static Stream<String> missingPorts(TrafficPolicy policy, Service service) {
        return Stream.of(
                        policy.ports().stream().map(TrafficPolicy.PortProtocol::port),
                        policy.routes().stream().flatMap(route -> route.ports().stream()),
                        policy.rateLimits().stream().flatMap(limit -> limit.ports().stream()),
                        policy.faults().stream().flatMap(fault -> fault.ports().stream()))
                .flatMap(Function.identity())
                .distinct()
                .filter(port -> service.ports().stream().noneMatch(found -> found.port() == port))
                .map(port -> "Service " + service.name() + " has no port " + port);
    }

    /** The subsets that the routes name and nobody defines. */
    private static Stream<String> undefined(
            ServiceTraffic traffic, TrafficPolicy policy, Function<TrafficPolicy.Route, Stream<String>> named) {
        return policy.routes().stream()
                .flatMap(named)
                .filter(subset ->
                        policy.subsets().stream().noneMatch(own -> own.name().equals(subset)))
                .filter(subset -> !traffic.subsets().containsKey(subset));
    }
}
