// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.Duration;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.selvedge.compiler.model.DestinationView;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.ServiceView.Proxied;
import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.policy.circuitbreaking.CircuitBreakers;
import dev.selvedge.compiler.policy.connection.ConnectionOptions;
import dev.selvedge.compiler.policy.healthcheck.HealthChecks;
import dev.selvedge.compiler.policy.loadbalancing.LoadBalancers;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.ProtoDuration;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.Connections.Upgrade;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.UpstreamConnectionOptions;
import io.envoyproxy.envoy.config.core.v3.TcpKeepalive;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Clusters: what a proxy connects to, and how. */
final class Clusters {
    /** Within the cluster a connection is there at once or not at all; outside it may be far. */
    private static final Duration CONNECT_TIMEOUT = ProtoDuration.ofSeconds(2);

    private static final Duration EXTERNAL_CONNECT_TIMEOUT = ProtoDuration.ofSeconds(10);

    /** What each policy says about a cluster of a Service, in this order. */
    private static final List<BiConsumer<Upstream, Cluster.Builder>> POLICIES =
            List.of(LoadBalancers::apply, HealthChecks::apply, ConnectionOptions::apply);

    private Clusters() {}

    /** A pool of a Service for HTTP. */
    static Cluster http(String name, ServiceView.Pool pool, Upstream upstream) {
        return pool(name, pool, upstream, ProxyPorts.ALPN_HTTP)
                .putTypedExtensionProtocolOptions(
                        HttpOptions.NAME,
                        HttpOptions.service(isUpgraded(pool, upstream), ConnectionOptions.http(upstream)))
                .build();
    }

    /** An endpoint without a proxy of ours may not know HTTP/2, and nothing tells before the first request. */
    private static boolean isUpgraded(ServiceView.Pool pool, Upstream upstream) {
        return pool.proxied() == Proxied.ALL && upstream.connections().upgrade().equals(Optional.of(Upgrade.HTTP2));
    }

    /** The pods of a Service for the proxy's own calls. */
    static Cluster grpc(String name, ServiceView.Pool pool, Upstream upstream) {
        return pool(name, pool, upstream, ProxyPorts.ALPN_HTTP)
                .putTypedExtensionProtocolOptions(HttpOptions.NAME, HttpOptions.GRPC)
                .build();
    }

    /** What stands behind one address for connections that are not HTTP. */
    static Cluster tcp(String name, DestinationView destination) {
        return switch (destination) {
            case DestinationView.ServicePort service -> tcp(name, service);
            case DestinationView.MeshPod(var pod, var address, var port, var identities) ->
                defaults(name, CONNECT_TIMEOUT)
                        .setType(Cluster.DiscoveryType.STATIC)
                        .setLoadAssignment(Endpoints.single(name, address, port))
                        .setTransportSocket(TlsContexts.client(ProxyPorts.ALPN_TCP, identities))
                        .setUpstreamConnectionOptions(keepAlive())
                        .build();
            case DestinationView.PassThrough() -> passthrough(name).build();
            case DestinationView.Refused(var reason) -> blackhole(name);
        };
    }

    private static Cluster tcp(String name, DestinationView.ServicePort service) {
        var cluster = pool(name, service.pool(), service.upstream(), ProxyPorts.ALPN_TCP);
        if (!cluster.hasUpstreamConnectionOptions()) {
            cluster.setUpstreamConnectionOptions(keepAlive());
        }
        return cluster.build();
    }

    /** Goes where the client wanted to go, and speaks what the client spoke. */
    static Cluster passthrough() {
        return passthrough(ResourceName.PASSTHROUGH)
                .putTypedExtensionProtocolOptions(HttpOptions.NAME, HttpOptions.SAME_AS_CLIENT)
                .build();
    }

    /** The application of the pod, at the address that its caller used, in the HTTP version of the caller. */
    static Cluster inbound() {
        return application(ResourceName.INBOUND)
                .putTypedExtensionProtocolOptions(HttpOptions.NAME, HttpOptions.SAME_AS_CLIENT)
                .build();
    }

    /** The same in HTTP/1.1, which is what Envoy speaks unless it is told otherwise; it counts with the other one. */
    static Cluster inboundHttp1() {
        return application(ResourceName.INBOUND_HTTP1)
                .setAltStatName(ResourceName.INBOUND)
                .build();
    }

    private static Cluster.Builder application(String name) {
        return originalDestination(name, CONNECT_TIMEOUT).setUpstreamBindConfig(ApplicationConnections.MARKED);
    }

    /** Has no endpoints: refuses at once. */
    static Cluster blackhole(String name) {
        return defaults(name, CONNECT_TIMEOUT)
                .setType(Cluster.DiscoveryType.STATIC)
                .setLoadAssignment(ClusterLoadAssignment.newBuilder().setClusterName(name))
                .build();
    }

    /** What holds for every host outside of the cluster. */
    static Cluster.Builder external(String name) {
        return defaults(name, EXTERNAL_CONNECT_TIMEOUT);
    }

    private static Cluster.Builder passthrough(String name) {
        return originalDestination(name, EXTERNAL_CONNECT_TIMEOUT).setUpstreamConnectionOptions(keepAlive());
    }

    private static Cluster.Builder originalDestination(String name, Duration connectTimeout) {
        return defaults(name, connectTimeout)
                .setType(Cluster.DiscoveryType.ORIGINAL_DST)
                .setLbPolicy(Cluster.LbPolicy.CLUSTER_PROVIDED);
    }

    /** Each cluster has an EDS name of its own: Envoy does not ask twice for a name that two clusters share. */
    private static Cluster.Builder pool(String name, ServiceView.Pool pool, Upstream upstream, String alpn) {
        var cluster = defaults(name, CONNECT_TIMEOUT, upstream)
                .setType(Cluster.DiscoveryType.EDS)
                .setEdsClusterConfig(Cluster.EdsClusterConfig.newBuilder()
                        .setServiceName(name)
                        .setEdsConfig(ConfigSources.ads()));
        POLICIES.forEach(policy -> policy.accept(upstream, cluster));
        if (pool.proxied() != Proxied.NONE) {
            cluster.addTransportSocketMatches(mtlsEndpoints(TlsContexts.client(alpn, pool.identities())))
                    .addTransportSocketMatches(otherEndpoints());
        }
        return cluster;
    }

    private static Cluster.TransportSocketMatch mtlsEndpoints(TransportSocket socket) {
        return Cluster.TransportSocketMatch.newBuilder()
                .setName("mtls")
                .setMatch(Struct.newBuilder()
                        .putFields(
                                Endpoints.TRANSPORT_KEY,
                                Value.newBuilder()
                                        .setStringValue(Endpoints.TRANSPORT_MTLS)
                                        .build()))
                .setTransportSocket(socket)
                .build();
    }

    /** Pods without a proxy of ours. */
    private static Cluster.TransportSocketMatch otherEndpoints() {
        return Cluster.TransportSocketMatch.newBuilder()
                .setName("plaintext")
                .setMatch(Struct.getDefaultInstance())
                .setTransportSocket(TransportSocket.newBuilder()
                        .setName("envoy.transport_sockets.raw_buffer")
                        .setTypedConfig(Pack.any(RawBuffer.getDefaultInstance())))
                .build();
    }

    private static Cluster.Builder defaults(String name, Duration connectTimeout) {
        return defaults(name, connectTimeout, Upstream.DEFAULT);
    }

    private static Cluster.Builder defaults(String name, Duration connectTimeout, Upstream upstream) {
        var cluster = Cluster.newBuilder().setName(name).setConnectTimeout(connectTimeout);
        CircuitBreakers.apply(upstream, cluster);
        return cluster;
    }

    /** A TCP connection may be silent for days, so a peer that is gone must be found out by asking. */
    static UpstreamConnectionOptions keepAlive() {
        return UpstreamConnectionOptions.newBuilder()
                .setTcpKeepalive(TcpKeepalive.newBuilder()
                        .setKeepaliveTime(UInt32Value.of(60))
                        .setKeepaliveInterval(UInt32Value.of(15))
                        .setKeepaliveProbes(UInt32Value.of(4)))
                .build();
    }
}
