// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.snapshot.LoadBalancing;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Release;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** What of a TrafficPolicy does not hold at the ports of its Services that are passed through, one sentence each. */
final class ConnectionNotes {
    private ConnectionNotes() {}

    /** Without their full stops. */
    static List<String> of(Reads reads, Function<ObjectName, ServiceTraffic> traffic, TrafficPolicy policy) {
        return policy.services().stream()
                .distinct()
                .flatMap(name -> reads.service(name).stream())
                .flatMap(service -> of(traffic.apply(service.name()), service, policy))
                .toList();
    }

    private static Stream<String> of(ServiceTraffic traffic, Service service, TrafficPolicy policy) {
        var opaque = service.ports().stream()
                .filter(port -> traffic.protocol(port) == AppProtocol.OPAQUE)
                .map(port -> Integer.toString(port.port()))
                .toList();
        if (opaque.isEmpty()) {
            return Stream.of();
        }
        var ports = "port " + String.join(", ", opaque) + " of Service " + service.name();
        return Stream.of(
                        Optional.of("spec.routes match HTTP requests; of these, the first without matches divides the"
                                        + " connections to " + ports)
                                .filter(_ -> matches(traffic, policy)),
                        Optional.of("spec.release.sticky holds for HTTP requests; each connection to " + ports
                                        + " is drawn by itself")
                                .filter(_ -> isSticky(traffic, policy)),
                        Optional.of("spec.loadBalancing.locality does not hold for connections to " + ports
                                        + ", which are divided by weight")
                                .filter(_ -> isByZone(traffic, policy)))
                .flatMap(Optional::stream);
    }

    private static boolean matches(ServiceTraffic traffic, TrafficPolicy policy) {
        return traffic.routes().equals(policy.routes())
                && policy.routes().stream().anyMatch(route -> !route.matches().isEmpty());
    }

    private static boolean isSticky(ServiceTraffic traffic, TrafficPolicy policy) {
        return traffic.release().equals(policy.release())
                && policy.release()
                        .filter(it -> it instanceof Release.Canary canary
                                && canary.sticky().isPresent())
                        .isPresent();
    }

    private static boolean isByZone(ServiceTraffic traffic, TrafficPolicy policy) {
        return !traffic.connections().isEmpty()
                && policy.loadBalancing().flatMap(LoadBalancing::locality).isPresent();
    }
}
