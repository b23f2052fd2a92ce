// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.incremental.Query;
import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.model.DestinationView;
import dev.selvedge.compiler.model.EndpointsView;
import dev.selvedge.compiler.model.GatewayView;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.model.SocketAddress;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.policy.ratelimit.RateLimitFilters;
import dev.selvedge.compiler.resolve.Localities;
import dev.selvedge.compiler.resolve.Meshes;
import dev.selvedge.compiler.resource.Context;
import dev.selvedge.compiler.resource.Resource;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.Clients;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.translate.Encoded;
import dev.selvedge.compiler.translate.Translate;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** The one function that compiles a resource: from its key, by the view behind its name, to its bytes. */
record ResourceQuery(ResourceKey key) implements Query<Optional<Resource>> {
    private static final SortedSet<Origin> NOBODY = Collections.emptySortedSet();

    @Override
    public boolean equals(Object other) {
        return other instanceof ResourceQuery query && key.equals(query.key);
    }

    @Override
    public int hashCode() {
        return key.hashCode();
    }

    @Override
    public Optional<Resource> compute(Computation computation) {
        return switch (key.context()) {
            case Context.Shared() -> shared(computation);
            case Context.OfClients(var clients) ->
                key.type() == ResourceType.ROUTE ? route(computation, clients) : Optional.empty();
            case Context.InZone(var zone) ->
                key.type() == ResourceType.ENDPOINTS ? endpoints(computation, zone) : Optional.empty();
            case Context.OfNamespace(var namespace) -> ofNamespace(computation, namespace);
            case Context.Workload(var pod) -> ofWorkload(computation, pod);
            case Context.OfGateway(var gateway) -> ofGateway(computation, gateway);
        };
    }

    private Optional<Resource> shared(Computation computation) {
        return switch (key.type()) {
            case CLUSTER -> cluster(computation);
            case ENDPOINTS -> endpoints(computation, "");
            case LISTENER -> outboundListener(computation);
            case SCOPE -> scope(computation);
            case ROUTE -> route(computation, Clients.ANY);
            case SECRET -> Optional.empty();
        };
    }

    private Optional<Resource> cluster(Computation computation) {
        var name = key.name();
        if (Listing.STATIC_CLUSTERS.contains(name)) {
            return mesh(computation).map(mesh -> resource(Translate.staticCluster(name), origins(mesh)));
        }
        if (name.startsWith(ResourceName.TCP)) {
            return destination(computation, name)
                    .map(destination -> resource(Translate.tcpCluster(name, destination), origins(destination)));
        }
        return ofService(name).flatMap(cluster -> computation
                .get(new Queries.View(cluster.service()))
                .flatMap(service -> port(service, cluster.port()).flatMap(port -> port.pools().stream()
                        .filter(pool -> pool.subset().equals(cluster.subset()))
                        .findFirst()
                        .map(pool -> resource(
                                name.startsWith(ResourceName.GRPC)
                                        ? Translate.grpcCluster(service, port, pool)
                                        : Translate.cluster(service, port, pool),
                                port.origins())))));
    }

    static Optional<ClusterName> ofService(String name) {
        return ClusterName.parse(
                name.startsWith(ResourceName.GRPC) ? name.substring(ResourceName.GRPC.length()) : name);
    }

    /** @param zone of the client, empty when it is not known */
    private Optional<Resource> endpoints(Computation computation, String zone) {
        var name = key.name();
        if (!name.startsWith(ResourceName.TCP) && !name.startsWith(ResourceName.EXTERNAL_TCP)) {
            return ofService(name).flatMap(cluster -> endpoints(computation, cluster, zone));
        }
        return destination(computation, name)
                .flatMap(destination -> destination instanceof DestinationView.ServicePort service
                        ? Optional.of(service.cluster())
                        : Optional.empty())
                .flatMap(cluster -> computation
                        .get(new Queries.Shares(cluster))
                        .map(view -> endpoints(computation, view))
                        .or(() -> endpoints(computation, cluster, zone)));
    }

    private Optional<Resource> endpoints(Computation computation, ClusterName cluster, String zone) {
        return computation
                .get(new Queries.Endpoints(cluster))
                .map(view -> Localities.seenFrom(
                        computation.reads(), computation.get(new Queries.LocalityOf(cluster.service())), view, zone))
                .map(view -> endpoints(computation, view));
    }

    private Resource endpoints(Computation computation, EndpointsView view) {
        return resource(
                Translate.endpoints(key.name(), view),
                view.cluster().subset().isPresent() || !view.zones().isEmpty()
                        ? computation
                                .get(new Queries.Traffic(view.cluster().service()))
                                .origins()
                        : NOBODY);
    }

    private Optional<Resource> outboundListener(Computation computation) {
        return mesh(computation)
                .flatMap(mesh -> key.name().equals(ResourceName.OUTBOUND)
                        ? Optional.of(outboundListener(computation, mesh))
                        : SocketAddress.parse(key.name().substring(key.name().indexOf('|') + 1))
                                .flatMap(address -> outboundListener(computation, mesh, address)));
    }

    private Resource outboundListener(Computation computation, Mesh mesh) {
        var declared = ExternalResources.ranges(computation);
        var origins = origins(mesh);
        declared.forEach(view -> origins.addAll(view.passed()));
        return resource(Translate.outboundListener(mesh, inside(computation), declared), origins);
    }

    private Resource portListener(Computation computation, Mesh mesh, int port) {
        var declared = computation.get(new Queries.External(port));
        var origins = origins(mesh);
        origins.addAll(declared.inspected());
        origins.addAll(declared.passed());
        return resource(Translate.portListener(mesh, inside(computation), declared), origins);
    }

    private Optional<Resource> outboundListener(Computation computation, Mesh mesh, SocketAddress address) {
        var port = address.port();
        if (key.name().equals(ResourceName.portListener(port))) {
            return ProxyPorts.isReserved(port) ? Optional.empty() : Optional.of(portListener(computation, mesh, port));
        }
        return key.name().equals(ResourceName.opaqueListener(address.address(), port))
                ? serviceAt(computation, address)
                        .flatMap(service -> computation.get(new Queries.View(service)))
                        .flatMap(service -> port(service, port))
                        .filter(found -> found.protocol() == AppProtocol.OPAQUE)
                        .map(found -> resource(Translate.opaqueListener(found, address.address()), found.origins()))
                : Optional.empty();
    }

    private Optional<Resource> scope(Computation computation) {
        return SocketAddress.parse(key.name()).flatMap(address -> serviceAt(computation, address)
                .filter(service ->
                        computation.get(new Queries.Addresses(service)).isRouted(address))
                .map(service -> resource(Translate.scope(key.name(), service, address.port()), NOBODY)));
    }

    /** Empty also for clients that the Service does not tell from others any more. */
    private Optional<Resource> route(Computation computation, Clients clients) {
        return ClusterName.parse(key.name())
                .filter(name -> name.subset().isEmpty())
                .flatMap(name -> {
                    var groups = computation.get(new Queries.Groups(name.service()));
                    return Optional.of(new Queries.View(name.service(), clients))
                            .filter(_ -> groups.has(clients))
                            .flatMap(computation::get)
                            .flatMap(service -> port(service, name.port())
                                    .filter(port -> port.protocol() != AppProtocol.OPAQUE)
                                    .map(port -> resource(Translate.routeConfiguration(service, port), port.origins()))
                                    .map(resource -> resource.toldApartBy(groups)));
                });
    }

    private Optional<Resource> ofNamespace(Computation computation, String namespace) {
        var name = key.name();
        return mesh(computation)
                .filter(_ -> name.startsWith(ResourceName.EXTERNAL))
                .flatMap(mesh -> switch (key.type()) {
                    case CLUSTER -> ExternalResources.cluster(computation, mesh, namespace, name);
                    case ROUTE -> ExternalResources.route(computation, mesh, namespace, name);
                    case ENDPOINTS, LISTENER, SCOPE, SECRET -> Optional.<ExternalResources.Shaped>empty();
                })
                .map(shaped -> resource(shaped.encoded(), shaped.origins()));
    }

    private Optional<Resource> ofWorkload(Computation computation, ObjectName pod) {
        var view = computation.get(new Queries.Workload(pod));
        return switch (key.type()) {
            case LISTENER ->
                view.filter(_ -> key.name().equals(ResourceName.INBOUND))
                        .map(workload -> resource(
                                computation.get(new Inbound.Listener(workload.ofAnyPod())), listenerOrigins(workload)));
            case ROUTE ->
                view.filter(_ -> ResourceName.isInboundRoute(key.name()))
                        .map(workload -> resource(
                                computation.get(new Inbound.Routes(key.name(), workload.ofAnyPod())),
                                together(workload.origins(), workload.trafficOrigins())));
            case CLUSTER, ENDPOINTS, SCOPE, SECRET -> Optional.empty();
        };
    }

    /** Rate limits come with the routes, unless they need more filters than there always are. */
    private static SortedSet<Origin> listenerOrigins(WorkloadView workload) {
        return workload.mostLimits() > RateLimitFilters.STEP
                ? together(workload.origins(), workload.trafficOrigins())
                : workload.origins();
    }

    private Optional<Resource> ofGateway(Computation computation, ObjectName name) {
        return computation.get(new Queries.OfGateway(name)).flatMap(gateway -> gateway.ports().stream()
                .flatMap(port -> gatewayResource(gateway, port).stream())
                .findFirst());
    }

    private Optional<Resource> gatewayResource(GatewayView gateway, GatewayView.Port port) {
        return switch (key.type()) {
            case LISTENER ->
                key.name().equals(ResourceName.gatewayListener(port.port()))
                        ? Optional.of(resource(Translate.gatewayListener(gateway, port), port.origins()))
                        : Optional.empty();
            case ROUTE ->
                key.name().equals(ResourceName.gatewayRoute(gateway.name(), port.port()))
                        ? Optional.of(resource(Translate.gatewayRoutes(gateway, port), port.origins()))
                        : Optional.empty();
            case CLUSTER, ENDPOINTS, SCOPE, SECRET -> Optional.empty();
        };
    }

    private static List<Cidr> inside(Computation computation) {
        return computation.get(new Queries.Ranges());
    }

    private static Optional<Mesh> mesh(Computation computation) {
        return Meshes.inForce(computation.reads());
    }

    private static Optional<DestinationView> destination(Computation computation, String name) {
        return SocketAddress.parse(name.substring(name.lastIndexOf('|') + 1))
                .flatMap(address -> computation.get(new Queries.Destination(address)));
    }

    private static Optional<ObjectName> serviceAt(Computation computation, SocketAddress address) {
        return computation.reads().serviceByAddress(address.address()).map(Service::name);
    }

    static Optional<ServiceView.Port> port(ServiceView service, int port) {
        return service.ports().stream().filter(it -> it.port() == port).findFirst();
    }

    private static SortedSet<Origin> origins(DestinationView destination) {
        return destination instanceof DestinationView.ServicePort service ? service.origins() : NOBODY;
    }

    private static SortedSet<Origin> together(SortedSet<Origin> one, SortedSet<Origin> other) {
        var all = new TreeSet<>(one);
        all.addAll(other);
        return all;
    }

    private static SortedSet<Origin> origins(Mesh mesh) {
        return new TreeSet<>(Set.of(new Origin(mesh.ref(), mesh.meta().generation())));
    }

    private Resource resource(Encoded encoded, SortedSet<Origin> origins) {
        return resource(Packed.of(encoded), origins);
    }

    private Resource resource(Packed packed, SortedSet<Origin> origins) {
        return new Resource(key, packed.body(), packed.version(), origins, packed.requires());
    }
}
