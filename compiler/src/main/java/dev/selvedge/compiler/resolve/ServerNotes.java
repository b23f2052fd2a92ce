// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.model.PortTraffic;
import dev.selvedge.compiler.snapshot.Fault;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Which rate limits and faults of a TrafficPolicy do nothing, and why, one sentence each. */
final class ServerNotes {
    private final Reads reads;
    private final Function<ObjectName, ServiceTraffic> traffic;
    private final TrafficPolicy policy;

    private ServerNotes(Reads reads, Function<ObjectName, ServiceTraffic> traffic, TrafficPolicy policy) {
        this.reads = reads;
        this.traffic = traffic;
        this.policy = policy;
    }

    /** Without their full stops. */
    static List<String> of(Reads reads, Function<ObjectName, ServiceTraffic> traffic, TrafficPolicy policy) {
        var notes = new ServerNotes(reads, traffic, policy);
        return Stream.concat(notes.expired(), notes.services().flatMap(notes::of))
                .distinct()
                .toList();
    }

    /** Why the rate limits of a policy that pods share cannot be counted. */
    static List<String> unanswered(Reads reads, TrafficPolicy policy) {
        return policy.rateLimits().stream()
                .filter(limit -> limit.scope() == RateLimit.Scope.GLOBAL)
                .findFirst()
                .flatMap(limit -> reads.mesh()
                        .flatMap(Mesh::rateLimits)
                        .map(counter -> reads.service(counter.service())
                                .map(service -> service.ports().stream().anyMatch(port -> port.port() == counter.port())
                                        ? Optional.<String>empty()
                                        : Optional.of("Service " + counter.service() + ", which counts for rate limit "
                                                + limit.name() + ", has no port " + counter.port()))
                                .orElse(Optional.of("Service " + counter.service() + ", which counts for rate limit "
                                        + limit.name() + ", does not exist")))
                        .orElse(Optional.of(
                                "Rate limit " + limit.name() + " has scope Global, and nobody counts for it;"
                                        + " set spec.rateLimitService of the Mesh")))
                .stream()
                .toList();
    }

    private Stream<Service> services() {
        return policy.speaksToServers() ? reads.services(policy.services()) : Stream.of();
    }

    private Stream<String> expired() {
        return policy.faults().stream().filter(Fault::expired).flatMap(fault -> fault.expiresAt().stream()
                .map(end -> "Fault " + fault.name() + " expired at " + end + " and is no longer injected"));
    }

    private Stream<String> of(Service service) {
        var notes = new ArrayList<String>();
        for (var limit : policy.rateLimits()) {
            notHttp(service, "Rate limit " + limit.name(), limit.ports()).forEach(notes::add);
        }
        for (var fault : policy.faults()) {
            notHttp(service, "Fault " + fault.name(), fault.ports()).forEach(notes::add);
        }
        ServerTraffic.of(reads, traffic.apply(service.name()), service.name())
                .ports()
                .forEach((port, here) -> hidden(here)
                        .map(text -> text + " on port " + port + " of Service " + service.name())
                        .forEach(notes::add));
        return notes.stream();
    }

    private Stream<String> notHttp(Service service, String what, List<Integer> ports) {
        var opaque = service.ports().stream()
                .filter(port -> traffic.apply(service.name()).protocol(port) == AppProtocol.OPAQUE)
                .map(Service.Port::port)
                .toList();
        if (ports.isEmpty()) {
            return opaque.size() == service.ports().size()
                    ? Stream.of(
                            what + " does nothing at Service " + service.name() + ", none of whose ports speaks HTTP")
                    : Stream.of();
        }
        return ports.stream()
                .filter(opaque::contains)
                .map(port -> what + " does nothing at port " + port + " of Service " + service.name()
                        + ", which does not speak HTTP");
    }

    /** The faults of this policy that come after one that takes every request. */
    private Stream<String> hidden(PortTraffic here) {
        var all = here.faults();
        int first = 0;
        while (first < all.size()
                && !(all.get(first).fault().from().isEmpty()
                        && all.get(first).fault().matches().isEmpty())) {
            first++;
        }
        if (first == all.size()) {
            return Stream.of();
        }
        var taker = all.get(first).name();
        return all.subList(first + 1, all.size()).stream()
                .filter(injection -> injection.name().startsWith(policy.meta().name() + "/"))
                .map(injection -> "Fault " + injection.fault().name() + " does nothing, since fault " + taker
                        + " takes every request before it");
    }
}
