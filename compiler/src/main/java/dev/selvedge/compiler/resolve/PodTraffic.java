// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.model.PortTraffic;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.Comparator;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the Services of a pod have its proxy do to requests, by port of the pod. A pod sees at which of its ports a
 * request came, and not by which Service: what two Services say of one port adds up, what both have of one policy counts
 * once.
 *
 * @param origins the policies that shaped it
 */
record PodTraffic(SortedMap<Integer, PortTraffic> ports, SortedSet<Origin> origins) {
    static PodTraffic of(Reads reads, Function<ObjectName, ServerTraffic> server, Pod pod) {
        var ports = new TreeMap<Integer, PortTraffic>();
        var origins = new TreeSet<Origin>();
        reads.backings(pod.name()).stream()
                .filter(backing ->
                        backing.service().namespace().equals(pod.name().namespace()))
                .sorted(Comparator.comparing(EndpointSlice.Backing::service))
                .forEach(backing -> reads.service(backing.service()).ifPresent(service -> {
                    var traffic = server.apply(service.name());
                    origins.addAll(traffic.origins());
                    for (var port : service.ports()) {
                        var target = backing.ports().get(port.name());
                        var here = traffic.ports().get(port.port());
                        if (target != null && here != null) {
                            ports.merge(target, here, PodTraffic::together);
                        }
                    }
                }));
        if (ports.values().stream().anyMatch(PodTraffic::asks)) {
            CountingPods.ports(reads, pod).forEach(port -> ports.computeIfPresent(port, (_, here) -> unasked(here)));
        }
        return new PodTraffic(ports, origins);
    }

    private static boolean asks(PortTraffic here) {
        return here.limits().stream().anyMatch(it -> it.limit().scope() == RateLimit.Scope.GLOBAL);
    }

    /** Without what would have the proxy ask its own pod. */
    private static @Nullable PortTraffic unasked(PortTraffic here) {
        var left = new PortTraffic(
                here.limits().stream()
                        .filter(it -> it.limit().scope() != RateLimit.Scope.GLOBAL)
                        .toList(),
                here.faults());
        return left.isEmpty() ? null : left;
    }

    private static PortTraffic together(PortTraffic one, PortTraffic other) {
        return new PortTraffic(
                Stream.concat(one.limits().stream(), other.limits().stream())
                        .distinct()
                        .toList(),
                Stream.concat(one.faults().stream(), other.faults().stream())
                        .distinct()
                        .toList());
    }
}
