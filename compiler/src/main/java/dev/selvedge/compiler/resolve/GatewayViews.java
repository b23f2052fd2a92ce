// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.toCollection;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.model.GatewayView;
import dev.selvedge.compiler.model.GatewayView.VirtualHost;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.Gateway.Listener;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/** A Gateway with the routes that attach to it. */
public final class GatewayViews {
    private GatewayViews() {}

    /**
     * Empty when there is no such Gateway, or no mesh.
     *
     * @param traffic what the TrafficPolicies say of a Service
     */
    public static Optional<GatewayView> resolve(
            Reads reads, Function<ObjectName, ServiceTraffic> traffic, ObjectName name) {
        return reads.mesh().flatMap(_ -> reads.gateway(name)).map(gateway -> {
            var bound = bound(reads, traffic, gateway);
            return new GatewayView(
                    name,
                    Listeners.served(gateway).stream()
                            .map(Listener::port)
                            .distinct()
                            .sorted()
                            .map(port -> port(gateway, port, bound))
                            .toList());
        });
    }

    /**
     * A route at one listener.
     *
     * @param origins what shaped it: itself, and the policies of the Services that it leads to
     */
    private record Bound(
            HttpRoute route, Attachment.Binding binding, List<ServiceView.Route> routes, SortedSet<Origin> origins) {
        boolean isAt(Listener listener) {
            return binding.listener().equals(listener);
        }
    }

    private static List<Bound> bound(Reads reads, Function<ObjectName, ServiceTraffic> traffic, Gateway gateway) {
        return reads.httpRoutes(gateway.meta().name()).stream()
                .sorted(HttpRoutes.OLDEST_FIRST)
                .flatMap(route -> {
                    var routes = HttpRoutes.routes(reads, traffic, route, Optional.empty());
                    var origins = HttpRoutes.origins(reads, traffic, route, Optional.empty());
                    return bindings(reads, gateway, route).map(binding -> new Bound(route, binding, routes, origins));
                })
                .toList();
    }

    private static Stream<Attachment.Binding> bindings(Reads reads, Gateway gateway, HttpRoute route) {
        return route.parents().stream()
                .filter(parent -> parent.name().equals(gateway.meta().name()))
                .flatMap(parent -> parent instanceof HttpRoute.Parent.ToGateway to
                        ? Stream.of(Attachment.of(reads, gateway, route, to))
                        : Stream.<Attachment>empty())
                .flatMap(attachment -> switch (attachment) {
                    case Attachment.Attached(var bindings) -> bindings.stream();
                    case Attachment.Refused _ -> Stream.<Attachment.Binding>of();
                })
                .distinct();
    }

    private static GatewayView.Port port(Gateway gateway, int port, List<Bound> bound) {
        var listeners = Listeners.served(gateway).stream()
                .filter(listener -> listener.port() == port)
                .toList();
        var origins = Stream.concat(
                        Stream.of(new Origin(gateway.ref(), gateway.meta().generation())),
                        bound.stream()
                                .filter(it -> listeners.stream().anyMatch(it::isAt))
                                .flatMap(it -> it.origins().stream()))
                .collect(toCollection(TreeSet::new));
        var hosts = listeners.stream()
                .flatMap(listener -> hosts(listeners, listener, bound))
                .sorted(comparing(VirtualHost::domain))
                .toList();
        return new GatewayView.Port(port, hosts, origins);
    }

    /**
     * The hosts of one listener. A host belongs to the listener with the most specific host name alone, also when nothing
     * is attached there.
     */
    private static Stream<VirtualHost> hosts(List<Listener> listeners, Listener listener, List<Bound> bound) {
        var own = Listeners.hostname(listener);
        var here = bound.stream().filter(it -> it.isAt(listener)).toList();
        return Stream.concat(Stream.of(own), here.stream().flatMap(it -> it.binding().hostnames().stream()))
                .distinct()
                .filter(domain -> listeners.stream()
                        .map(Listeners::hostname)
                        .noneMatch(other ->
                                !other.equals(own) && Hostnames.covers(own, other) && Hostnames.covers(other, domain)))
                .map(domain -> new VirtualHost(domain, routes(domain, here)));
    }

    /** All routes for a host: those of its own name first, then those of wider names. */
    private static List<ServiceView.Route> routes(String domain, List<Bound> bound) {
        record Candidate(String hostname, ServiceView.Route route) {}
        return bound.stream()
                .flatMap(it -> it.binding().hostnames().stream()
                        .filter(hostname -> Hostnames.covers(hostname, domain))
                        .min(Hostnames.MOST_SPECIFIC_FIRST)
                        .stream()
                        .flatMap(hostname -> it.routes().stream().map(route -> new Candidate(hostname, route))))
                .sorted(Comparator.comparing(Candidate::hostname, Hostnames.MOST_SPECIFIC_FIRST)
                        .thenComparing(Candidate::route, HttpRoutes.PRECEDENCE))
                .map(Candidate::route)
                .toList();
    }
}
