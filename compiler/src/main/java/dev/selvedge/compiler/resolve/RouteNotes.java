// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Which routes of a TrafficPolicy no port of its Services leaves anything, one sentence each. */
final class RouteNotes {
    private RouteNotes() {}

    /** Without their full stops. */
    static List<String> of(Reads reads, Function<ObjectName, ServiceTraffic> traffic, TrafficPolicy policy) {
        return reads.services(policy.services())
                .filter(service -> traffic.apply(service.name()).routes().equals(policy.routes()))
                .flatMap(service -> of(service, policy.routes()))
                .toList();
    }

    private static Stream<String> of(Service service, List<TrafficPolicy.Route> routes) {
        return IntStream.range(0, routes.size())
                .filter(i -> routes.get(i).ports().isEmpty() && !service.ports().isEmpty())
                .filter(i -> service.ports().stream().allMatch(port -> isTaken(port.port(), routes.subList(0, i))))
                .mapToObj(i -> "Route " + routes.get(i).name() + " does nothing at Service " + service.name()
                        + ", all ports of which earlier routes without matches take");
    }

    private static boolean isTaken(int port, List<TrafficPolicy.Route> routes) {
        return routes.stream().anyMatch(route -> route.matches().isEmpty() && route.isFor(port));
    }
}
