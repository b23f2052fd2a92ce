// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toList;

import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.snapshot.ClientGroups;
import dev.selvedge.compiler.snapshot.Clients;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.HttpRoute.Parent;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The routes of the Gateway API that attach to one port of a Service (GAMMA). Those of the Service's own namespace are its
 * producer's and hold for all clients; those of another namespace are a consumer's, hold for the clients there alone, and
 * take the place of the producer's.
 *
 * @param consumers by their namespace
 */
public record ServiceRoutes(List<HttpRoute> producer, SortedMap<String, List<HttpRoute>> consumers) {
    public ServiceRoutes {
        producer = List.copyOf(producer);
        consumers = Collections.unmodifiableSortedMap(new TreeMap<>(consumers));
    }

    /** What attaches to a port that is routed. */
    static ServiceRoutes of(Reads reads, Service service, Service.Port port) {
        var attached = reads.httpRoutesOf(service.name()).stream()
                .filter(route -> Membership.isMember(reads, namespace(route)))
                .filter(route -> parents(route, service.name())
                        .anyMatch(parent -> parent.port().stream().allMatch(given -> given == port.port())))
                .collect(groupingBy(ServiceRoutes::namespace, TreeMap::new, toList()));
        attached.replaceAll((_, routes) -> ofOneKind(routes));
        var producer = attached.remove(service.name().namespace());
        return new ServiceRoutes(producer == null ? List.of() : producer, attached);
    }

    /** Those that hold for these clients; empty when none does. */
    List<HttpRoute> forClients(Clients clients) {
        return clients.namespace()
                .map(consumers::get)
                .filter(routes -> !routes.isEmpty())
                .orElse(producer);
    }

    /** By what a Service tells its clients apart. */
    public static ClientGroups groups(Reads reads, ServiceTraffic traffic, ObjectName name) {
        var namespaces = reads.service(name).stream()
                .flatMap(service -> service.ports().stream()
                        .filter(port -> isRouted(traffic, port))
                        .flatMap(port -> of(reads, service, port).consumers().keySet().stream()))
                .collect(toCollection(TreeSet::new));
        var sources = traffic.routes().stream()
                .flatMap(route -> route.matches().stream())
                .map(TrafficPolicy.Match::source)
                .flatMap(Optional::stream)
                .distinct()
                .toList();
        return new ClientGroups(namespaces, sources);
    }

    static boolean isRouted(ServiceTraffic traffic, Service.Port port) {
        return traffic.protocol(port) != AppProtocol.OPAQUE;
    }

    /** By what a route names a Service as its parent. */
    static Stream<Parent.ToService> parents(HttpRoute route, ObjectName service) {
        return route.parents().stream()
                .filter(parent -> parent.name().equals(service))
                .flatMap(parent -> parent instanceof Parent.ToService it ? Stream.of(it) : Stream.empty());
    }

    /** GRPCRoutes say more of a request than HTTPRoutes do: where there are both, they alone hold. */
    private static List<HttpRoute> ofOneKind(List<HttpRoute> routes) {
        var grpc =
                routes.stream().filter(route -> route.kind() == Kind.GRPC_ROUTE).toList();
        return grpc.isEmpty() ? routes : grpc;
    }

    private static String namespace(HttpRoute route) {
        return route.meta().name().namespace();
    }
}
