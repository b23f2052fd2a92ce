// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static java.util.stream.Collectors.toCollection;

import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** For which ports of a pod an AuthorizationPolicy speaks, and what a port in its rules means there. */
sealed interface TargetPorts {
    /** The target ports; empty means every port. */
    SortedSet<Integer> ofPod();

    /** The policy targets the pod itself: every port, and ports are the pod's. */
    record Own() implements TargetPorts {
        @Override
        public SortedSet<Integer> ofPod() {
            return Collections.emptySortedSet();
        }
    }

    /** @param behind the pod's ports by the Service's port */
    record OfService(Map<Integer, SortedSet<Integer>> behind) implements TargetPorts {
        @Override
        public SortedSet<Integer> ofPod() {
            return behind.values().stream().flatMap(SortedSet::stream).collect(toCollection(TreeSet::new));
        }

        SortedSet<Integer> behind(int port) {
            return behind.getOrDefault(port, Collections.emptySortedSet());
        }
    }

    /**
     * The Service selects the pod, but no EndpointSlice says yet at which ports. Until it does, the policy speaks for
     * every port.
     */
    record NotYetKnown() implements TargetPorts {
        @Override
        public SortedSet<Integer> ofPod() {
            return Collections.emptySortedSet();
        }
    }

    /** The ports at which a Service reaches a pod; empty when the pod is not one of the Service's. */
    static Optional<TargetPorts> of(Reads reads, Service service, Pod pod) {
        var behind = new TreeMap<Integer, SortedSet<Integer>>();
        for (var backing : reads.backings(pod.name())) {
            for (var port : service.ports()) {
                var target = backing.ports().get(port.name());
                if (target != null && backing.service().equals(service.name())) {
                    behind.computeIfAbsent(port.port(), _ -> new TreeSet<>()).add(target);
                }
            }
        }
        if (!behind.isEmpty()) {
            return Optional.of(new OfService(behind));
        }
        return service.selects(pod.labels()) ? Optional.of(new NotYetKnown()) : Optional.empty();
    }
}
