// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.stream.Stream;

/**
 * The pods that count for rate limits of scope Global. Such a limit does not hold in front of them: their proxies would
 * ask about each question that they are asked, without end.
 */
final class CountingPods {
    private CountingPods() {}

    /** The ports at which a pod counts. */
    static SortedSet<Integer> ports(Reads reads, Pod pod) {
        return reads.mesh()
                .flatMap(Mesh::rateLimits)
                .filter(counter ->
                        counter.service().namespace().equals(pod.name().namespace()))
                .flatMap(counter -> reads.service(counter.service())
                        .flatMap(service -> TargetPorts.of(reads, service, pod))
                        .filter(TargetPorts.OfService.class::isInstance)
                        .map(ports -> ((TargetPorts.OfService) ports).behind(counter.port())))
                .orElse(Collections.emptySortedSet());
    }

    /** The limits of a policy that do not hold for this reason, one sentence each, without its full stop. */
    static List<String> unusable(Reads reads, TrafficPolicy policy) {
        var global = policy.rateLimits().stream()
                .filter(limit -> limit.scope() == RateLimit.Scope.GLOBAL)
                .toList();
        return global.isEmpty()
                ? List.of()
                : reads.services(policy.services())
                        .flatMap(service -> unusable(reads, service, global))
                        .toList();
    }

    private static Stream<String> unusable(Reads reads, Service service, List<RateLimit> global) {
        return service.ports().stream()
                .filter(port -> leadsToOne(reads, service, port))
                .flatMap(port -> global.stream()
                        .filter(limit ->
                                limit.ports().isEmpty() || limit.ports().contains(port.port()))
                        .map(limit -> "Rate limit " + limit.name() + " has scope Global, and port " + port.port()
                                + " of Service " + service.name()
                                + " leads to who counts for it: each question would be"
                                + " asked about, without end; it does not hold there, so use scope Local"));
    }

    private static boolean leadsToOne(Reads reads, Service service, Service.Port port) {
        return reads.mesh().flatMap(Mesh::rateLimits).stream()
                .anyMatch(counter -> service.name().equals(counter.service()) && port.port() == counter.port()
                        || ServiceEndpoints.behind(reads, service, port).stream()
                                .anyMatch(found -> found.pod()
                                        .filter(pod -> ports(reads, pod).contains(found.port()))
                                        .isPresent()));
    }
}
