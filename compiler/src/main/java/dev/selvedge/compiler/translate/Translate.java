// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.model.DestinationView;
import dev.selvedge.compiler.model.EndpointsView;
import dev.selvedge.compiler.model.ExternalView;
import dev.selvedge.compiler.model.GatewayView;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.resource.Context;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.ObjectName;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** One function per xDS resource: a view in, an Envoy message out. Total: a bad input is already a value of the view. */
public final class Translate {
    private Translate() {}

    /** The scope of one address ({@code ip:port}) of a Service, which leads to the routes of this port. */
    public static Encoded scope(String address, ObjectName service, int port) {
        return Scopes.scope(address, ResourceName.route(service, port));
    }

    /** The routes of a Service's port that is not opaque. */
    public static Encoded routeConfiguration(ServiceView service, ServiceView.Port port) {
        var name = ResourceName.route(service.name(), port.port());
        return new Encoded(RouteConfigurations.service(name, port), clustersOf(port.routes()));
    }

    /** The cluster of a pool, for HTTP. */
    public static Encoded cluster(ServiceView service, ServiceView.Port port, ServiceView.Pool pool) {
        var name = new ServiceView.ClusterName(service.name(), port.port(), pool.subset()).toString();
        return new Encoded(Clusters.http(name, pool, port.upstream()), List.of(endpointsOf(name)));
    }

    /** The cluster of a pool for the proxy's own calls by gRPC. */
    public static Encoded grpcCluster(ServiceView service, ServiceView.Port port, ServiceView.Pool pool) {
        var name = ResourceName.grpcCluster(service.name(), port.port());
        return new Encoded(Clusters.grpc(name, pool, port.upstream()), List.of(endpointsOf(name)));
    }

    /** The cluster of that name ({@code tcp|address:port}) for connections that are not routed as HTTP. */
    public static Encoded tcpCluster(String name, DestinationView destination) {
        return new Encoded(
                Clusters.tcp(name, destination),
                destination instanceof DestinationView.ServicePort ? List.of(endpointsOf(name)) : List.of());
    }

    /** One of the clusters that every proxy has: see {@code ResourceName}. */
    public static Encoded staticCluster(String name) {
        return Encoded.of(
                switch (name) {
                    case ResourceName.PASSTHROUGH -> Clusters.passthrough();
                    case ResourceName.BLACKHOLE -> Clusters.blackhole(name);
                    case ResourceName.INBOUND -> Clusters.inbound();
                    case ResourceName.INBOUND_HTTP1 -> Clusters.inboundHttp1();
                    default -> throw new IllegalArgumentException("no static cluster is called " + name);
                });
    }

    /** The endpoints of a pool under the name that their cluster asks for: its own. */
    public static Encoded endpoints(String name, EndpointsView endpoints) {
        return Encoded.of(Endpoints.of(name, endpoints));
    }

    /**
     * The listener that every outbound connection of a sidecar is redirected to.
     *
     * @param inside where pods and Services can be
     * @param declared ports at which addresses outside are declared
     */
    public static Encoded outboundListener(Mesh mesh, List<Cidr> inside, List<ExternalView> declared) {
        return Encoded.of(OutboundListeners.entry(mesh.egress(), inside, declared));
    }

    /**
     * The listener that detects HTTP and TLS; one for every number that some Service has a port of that is not opaque, or
     * that hosts outside are declared with, but the proxy's own ports.
     *
     * @param inside where pods and Services can be
     * @param declared what is outside at this port
     */
    public static Encoded portListener(Mesh mesh, List<Cidr> inside, ExternalView declared) {
        return Encoded.of(OutboundListeners.port(mesh, inside, declared));
    }

    /** The cluster of a host outside that is called with TLS of the application's own. */
    public static Encoded externalTls(String name, String host, int port) {
        return Encoded.of(ExternalClusters.tls(name, host, port));
    }

    /**
     * The cluster of a host outside that is called with HTTP.
     *
     * @param originate the port of the host to which the proxy adds TLS; without it none is added
     */
    public static Encoded externalHttp(String name, String host, int port, Optional<Integer> originate) {
        return Encoded.of(originate
                .map(tls -> ExternalClusters.originating(name, host, tls))
                .orElseGet(() -> ExternalClusters.http(name, host, port)));
    }

    /**
     * The routes to hosts outside that are called with HTTP. Their clusters are fetched with the first request.
     *
     * @param hosts declared for that namespace
     */
    public static Encoded externalRoutes(int port, String namespace, List<String> hosts, Mesh mesh) {
        return Encoded.of(ExternalRoutes.of(port, namespace, hosts, mesh));
    }

    /** The listener of one address of a Service and a port of it that is declared opaque. */
    public static Encoded opaqueListener(ServiceView.Port port, String address) {
        return Encoded.of(OutboundListeners.opaque(address, port));
    }

    /** The listener that every inbound connection of a pod is redirected to. */
    public static Encoded inboundListener(WorkloadView workload) {
        return Encoded.of(InboundListener.of(workload));
    }

    /**
     * The routes of a pod's callers, with the rules for them.
     *
     * @param name {@link ResourceName#INBOUND_MTLS} or {@link ResourceName#INBOUND_PLAINTEXT}
     */
    public static Encoded inboundRoutes(String name, WorkloadView workload) {
        var counter = workload.rateLimits()
                .filter(_ -> InboundRoutes.asks(workload))
                .map(service -> ResourceName.grpcCluster(service.service(), service.port()))
                .map(cluster -> new ResourceKey(ResourceType.CLUSTER, cluster, new Context.Shared()));
        return new Encoded(InboundRoutes.of(name, workload), counter.stream().toList());
    }

    /** The listener of one port of a Gateway. */
    public static Encoded gatewayListener(GatewayView gateway, GatewayView.Port port) {
        return Encoded.of(GatewayListener.of(gateway.name(), port.port()));
    }

    /** The routes of one port of a Gateway. */
    public static Encoded gatewayRoutes(GatewayView gateway, GatewayView.Port port) {
        var name = ResourceName.gatewayRoute(gateway.name(), port.port());
        var routes =
                port.hosts().stream().flatMap(host -> host.routes().stream()).toList();
        return new Encoded(RouteConfigurations.gateway(name, port), clustersOf(routes));
    }

    private static List<ResourceKey> clustersOf(Collection<ServiceView.Route> routes) {
        var names = new TreeSet<String>();
        for (var route : routes) {
            if (route.actions().answer().isPresent()) {
                continue;
            }
            // Those without a share too: whoever gets one next is known by then.
            for (var backend : route.backends()) {
                if (backend instanceof ServiceView.Backend.Endpoints(var cluster, var _, var _)) {
                    names.add(cluster.toString());
                }
            }
            route.mirrors().forEach(mirror -> names.add(mirror.cluster().toString()));
        }
        return names.stream()
                .map(name -> new ResourceKey(ResourceType.CLUSTER, name, new Context.Shared()))
                .toList();
    }

    private static ResourceKey endpointsOf(String name) {
        return new ResourceKey(ResourceType.ENDPOINTS, name, new Context.Shared());
    }
}
