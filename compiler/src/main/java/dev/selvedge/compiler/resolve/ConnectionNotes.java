// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.resolve.ServiceEndpoints.Behind;
import dev.selvedge.compiler.snapshot.Connections;
import dev.selvedge.compiler.snapshot.Connections.Upgrade;
import dev.selvedge.compiler.snapshot.LoadBalancing;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Release;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.Stream;

/** What of a TrafficPolicy does not hold for some connections to its Services, one sentence each. */
final class ConnectionNotes {
    private ConnectionNotes() {}

    /** Without their full stops. */
    static List<String> of(Reads reads, Function<ObjectName, ServiceTraffic> traffic, TrafficPolicy policy) {
        return reads.services(policy.services())
                .flatMap(service -> Stream.concat(
                        of(traffic.apply(service.name()), service, policy),
                        waiting(reads, traffic.apply(service.name()), service, policy)))
                .toList();
    }

    private static Stream<String> of(ServiceTraffic traffic, Service service, TrafficPolicy policy) {
        var opaque = service.ports().stream()
                .filter(port -> traffic.protocol(port) == AppProtocol.OPAQUE)
                .map(Service.Port::port)
                .toList();
        return Stream.of(
                        at(service, opaque, port -> matches(traffic, policy, port))
                                .map(ports -> "spec.routes match HTTP requests; of those for a port, the first without"
                                        + " matches divides the connections to " + ports),
                        at(service, opaque, _ -> isSticky(traffic, policy))
                                .map(ports -> "spec.release.sticky holds for HTTP requests; each connection to " + ports
                                        + " is drawn by itself"),
                        at(service, opaque, port -> isByZone(traffic, policy, port))
                                .map(ports -> "spec.loadBalancing.locality does not hold for connections to " + ports
                                        + ", which are divided by weight"),
                        at(service, opaque, _ -> isUpgrading(traffic, policy))
                                .map(ports -> "spec.connections.upgrade holds for HTTP; connections to " + ports
                                        + " are passed through"))
                .flatMap(Optional::stream);
    }

    /** Endpoints without a proxy keep their pools from HTTP/2. */
    private static Stream<String> waiting(Reads reads, ServiceTraffic traffic, Service service, TrafficPolicy policy) {
        if (!isUpgrading(traffic, policy)) {
            return Stream.empty();
        }
        var bare = new TreeMap<Integer, String>();
        service.ports().stream()
                .filter(port -> traffic.protocol(port) != AppProtocol.OPAQUE)
                .forEach(port -> ServiceEndpoints.behind(reads, service, port).stream()
                        .filter(Behind::isBare)
                        .map(endpoint -> endpoint.nameIn(service.name().namespace()))
                        .min(Comparator.naturalOrder())
                        .ifPresent(endpoint -> bare.put(port.port(), endpoint)));
        return at(service, List.copyOf(bare.keySet()), _ -> true)
                .map(ports -> "spec.connections.upgrade waits at " + ports
                        + " for endpoints without a proxy of the mesh, such as "
                        + bare.firstEntry().getValue() + "; those, and what shares a pool with them, get"
                        + " the version of HTTP that the client chose. Inject the proxy there, or take them out of the"
                        + " Service")
                .stream();
    }

    /** Names the ports at which something holds; empty when it holds at none. */
    private static Optional<String> at(Service service, List<Integer> ports, IntPredicate holds) {
        var named = ports.stream().filter(holds::test).map(String::valueOf).toList();
        return named.isEmpty()
                ? Optional.empty()
                : Optional.of("port " + String.join(", ", named) + " of Service " + service.name());
    }

    private static boolean matches(ServiceTraffic traffic, TrafficPolicy policy, int port) {
        return traffic.routes().equals(policy.routes())
                && traffic.routes(port).stream()
                        .anyMatch(route -> !route.matches().isEmpty());
    }

    private static boolean isSticky(ServiceTraffic traffic, TrafficPolicy policy) {
        return traffic.release().equals(policy.release())
                && policy.release()
                        .filter(it -> it instanceof Release.Canary canary
                                && canary.sticky().isPresent())
                        .isPresent();
    }

    private static boolean isUpgrading(ServiceTraffic traffic, TrafficPolicy policy) {
        return policy.connections().flatMap(Connections::upgrade).equals(Optional.of(Upgrade.HTTP2))
                && traffic.upstream().connections().upgrade().equals(Optional.of(Upgrade.HTTP2));
    }

    private static boolean isByZone(ServiceTraffic traffic, TrafficPolicy policy, int port) {
        return !traffic.connections(port).isEmpty()
                && policy.loadBalancing().flatMap(LoadBalancing::locality).isPresent();
    }
}
