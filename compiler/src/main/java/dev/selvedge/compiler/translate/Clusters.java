// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.Duration;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.selvedge.compiler.model.DestinationView;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.ProtoDuration;
import dev.selvedge.compiler.resource.ResourceName;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.UpstreamConnectionOptions;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.RoutingPriority;
import io.envoyproxy.envoy.config.core.v3.TcpKeepalive;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig;
import io.envoyproxy.envoy.type.v3.Percent;

/** Clusters: what a proxy connects to, and how. */
final class Clusters {
    /** Within the cluster a connection is there at once or not at all; outside it may be far. */
    private static final Duration CONNECT_TIMEOUT = ProtoDuration.ofSeconds(2);

    private static final Duration EXTERNAL_CONNECT_TIMEOUT = ProtoDuration.ofSeconds(10);

    /** Envoy's own limit of 1,024 is a breaker that nobody asked for. */
    private static final UInt32Value NO_LIMIT = UInt32Value.of(1_000_000);

    /** Retries may add a fifth to the load, and a few are always possible. */
    private static final double RETRY_BUDGET_PERCENT = 20;

    private static final int RETRIES_ALWAYS = 10;

    private Clusters() {}

    /** A pool of a Service for HTTP. */
    static Cluster http(String name, ServiceView.Pool pool) {
        return pool(name, pool, ProxyPorts.ALPN_HTTP)
                .putTypedExtensionProtocolOptions(
                        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions", SameProtocol.OPTIONS)
                .build();
    }

    /** What stands behind one address for connections that are not HTTP. */
    static Cluster tcp(String name, DestinationView destination) {
        return switch (destination) {
            case DestinationView.ServicePort(var cluster, var pool) ->
                pool(name, pool, ProxyPorts.ALPN_TCP)
                        .setUpstreamConnectionOptions(keepAlive())
                        .build();
            case DestinationView.MeshPod(var pod, var address, var port, var identity) ->
                defaults(name, CONNECT_TIMEOUT)
                        .setType(Cluster.DiscoveryType.STATIC)
                        .setLoadAssignment(Endpoints.single(name, address, port))
                        .setTransportSocket(TlsContexts.client(ProxyPorts.ALPN_TCP, java.util.List.of(identity)))
                        .setUpstreamConnectionOptions(keepAlive())
                        .build();
            case DestinationView.PassThrough() -> passthrough(name).build();
            case DestinationView.Refused(var reason) -> blackhole(name);
        };
    }

    /** Goes where the client wanted to go. */
    static Cluster passthrough() {
        return passthrough(ResourceName.PASSTHROUGH).build();
    }

    /** The application of the pod, at the address that its caller used, in the HTTP version of the caller. */
    static Cluster inbound() {
        return originalDestination(ResourceName.INBOUND, CONNECT_TIMEOUT)
                .setUpstreamBindConfig(ApplicationConnections.MARKED)
                .putTypedExtensionProtocolOptions(
                        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions", SameProtocol.OPTIONS)
                .build();
    }

    /** Has no endpoints: refuses at once. */
    static Cluster blackhole(String name) {
        return defaults(name, CONNECT_TIMEOUT)
                .setType(Cluster.DiscoveryType.STATIC)
                .setLoadAssignment(ClusterLoadAssignment.newBuilder().setClusterName(name))
                .build();
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
    private static Cluster.Builder pool(String name, ServiceView.Pool pool, String alpn) {
        var cluster = defaults(name, CONNECT_TIMEOUT)
                .setType(Cluster.DiscoveryType.EDS)
                .setEdsClusterConfig(Cluster.EdsClusterConfig.newBuilder()
                        .setServiceName(name)
                        .setEdsConfig(ConfigSources.ads()))
                .setLbPolicy(Cluster.LbPolicy.LEAST_REQUEST);
        if (pool.mtls()) {
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
        return Cluster.newBuilder()
                .setName(name)
                .setConnectTimeout(connectTimeout)
                .setCircuitBreakers(CircuitBreakers.newBuilder()
                        .addThresholds(CircuitBreakers.Thresholds.newBuilder()
                                .setPriority(RoutingPriority.DEFAULT)
                                .setMaxConnections(NO_LIMIT)
                                .setMaxPendingRequests(NO_LIMIT)
                                .setMaxRequests(NO_LIMIT)
                                .setRetryBudget(CircuitBreakers.Thresholds.RetryBudget.newBuilder()
                                        .setBudgetPercent(Percent.newBuilder().setValue(RETRY_BUDGET_PERCENT))
                                        .setMinRetryConcurrency(UInt32Value.of(RETRIES_ALWAYS)))));
    }

    /** A TCP connection may be silent for days, so a peer that is gone must be found out by asking. */
    private static UpstreamConnectionOptions keepAlive() {
        return UpstreamConnectionOptions.newBuilder()
                .setTcpKeepalive(TcpKeepalive.newBuilder()
                        .setKeepaliveTime(UInt32Value.of(60))
                        .setKeepaliveInterval(UInt32Value.of(15))
                        .setKeepaliveProbes(UInt32Value.of(4)))
                .build();
    }

    /** Speaks to the endpoint what the client spoke. */
    private static final class SameProtocol {
        static final com.google.protobuf.Any OPTIONS = Pack.any(HttpProtocolOptions.newBuilder()
                .setUseDownstreamProtocolConfig(UseDownstreamHttpConfig.newBuilder()
                        .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance())
                        .setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance()))
                .build());
    }
}
