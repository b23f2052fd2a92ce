// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.translate.Encoded;
import dev.selvedge.compiler.translate.Translate;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A proxy on loopback with compiled resources. Without interception two things are adapted: listeners bind to a free
 * port of loopback, and the application is a fixed address instead of the original destination.
 */
final class TestProxy implements AutoCloseable {
    private final AdsServer ads;
    private final String node;
    private final Path folder;
    private final List<Integer> ports = new ArrayList<>();
    private @Nullable EnvoyProcess envoy;

    TestProxy(AdsServer ads, String node, Path folder) {
        this.ads = ads;
        this.node = node;
        this.folder = folder;
    }

    /** The proxy of a server of the mesh, as account {@code server} of namespace {@code shop}. */
    static TestProxy server(AdsServer ads, Certificates mesh, Path folder) {
        return server("server", ads, mesh, folder);
    }

    /** One of several servers of the same account. */
    static TestProxy server(String node, AdsServer ads, Certificates mesh, Path folder) {
        return new TestProxy(ads, node, folder)
                .put(mesh.issue("spiffe://cluster.local/ns/shop/sa/server").secret())
                .put(mesh.trust())
                .put(Translate.staticCluster(ResourceName.BLACKHOLE))
                .put(Translate.staticCluster(ResourceName.PASSTHROUGH));
    }

    TestProxy put(Encoded encoded) {
        return put(encoded.body());
    }

    TestProxy put(Message message) {
        ads.put(node, name(message), Pack.any(message));
        return this;
    }

    /** Binds what a pod receives to loopback. */
    TestProxy receive(WorkloadView workload, int port) {
        return listen(Translate.inboundListener(workload), port).rules(workload, port);
    }

    /** Replaces the rules of a listener that {@link #receive} or {@link #intercept} bound. */
    TestProxy rules(WorkloadView workload, int port) {
        for (var name : List.of(ResourceName.INBOUND_MTLS, ResourceName.INBOUND_PLAINTEXT)) {
            var routes =
                    (RouteConfiguration) Translate.inboundRoutes(name, workload).body();
            put(routes.toBuilder().setName(name + "@" + port).build());
        }
        return this;
    }

    /** Binds a listener that is told where a connection went before it was redirected by a line ahead of it. */
    TestProxy intercept(Encoded listener, int port) {
        var original = (Listener) listener.body();
        var told = ListenerFilter.newBuilder()
                .setName("envoy.filters.listener.proxy_protocol")
                .setTypedConfig(Pack.any(ProxyProtocol.getDefaultInstance()))
                .build();
        return listen(
                Encoded.of(original.toBuilder().addListenerFilters(0, told).build()), port);
    }

    /** Binds a listener to loopback; its name and those of a pod's own routes become unique by the port. */
    TestProxy listen(Encoded listener, int port) {
        ports.add(port);
        var bound = ((Listener) listener.body())
                .toBuilder()
                        .setName(name(listener.body()) + "@" + port)
                        .setBindToPort(BoolValue.of(true))
                        .setAddress(address(port));
        bound.getFilterChainsBuilderList().stream()
                .flatMap(chain -> chain.getFiltersBuilderList().stream())
                .filter(filter -> filter.getTypedConfig().is(HttpConnectionManager.class))
                .forEach(filter -> filter.setTypedConfig(ownRoutes(filter.getTypedConfig(), port)));
        return put(bound.build());
    }

    private static Any ownRoutes(Any config, int port) {
        try {
            var manager = config.unpack(HttpConnectionManager.class).toBuilder();
            var routes = manager.getRds().getRouteConfigName();
            if (ResourceName.isInboundRoute(routes)) {
                manager.getRdsBuilder().setRouteConfigName(routes + "@" + port);
            }
            return Pack.any(manager.build());
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Puts an application at a fixed port where the original destination would be. */
    TestProxy application(Encoded cluster, int port) {
        var original = (Cluster) cluster.body();
        return put(original.toBuilder()
                .setType(Cluster.DiscoveryType.STATIC)
                .clearEdsClusterConfig()
                .setLbPolicy(Cluster.LbPolicy.ROUND_ROBIN)
                .setLoadAssignment(ClusterLoadAssignment.newBuilder()
                        .setClusterName(original.getName())
                        .addEndpoints(LocalityLbEndpoints.newBuilder()
                                .addLbEndpoints(LbEndpoint.newBuilder()
                                        .setEndpoint(Endpoint.newBuilder().setAddress(address(port))))))
                .build());
    }

    /** Starts Envoy and waits until every listener accepts connections. */
    TestProxy start() throws IOException {
        var started = EnvoyProcess.run(node, folder, bootstrap());
        envoy = started;
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            if (!started.isAlive() || !ads.rejections().isEmpty()) {
                throw new IllegalStateException(ads.rejections() + "\n" + started.log());
            }
            return ports.stream().allMatch(TestProxy::accepts);
        });
        return this;
    }

    String log() {
        return Objects.requireNonNull(envoy, "not started").log();
    }

    @Override
    public void close() {
        if (envoy != null) {
            envoy.close();
        }
    }

    private static boolean accepts(int port) {
        try (var socket = Call.connect(port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private static Address address(int port) {
        return Address.newBuilder()
                .setSocketAddress(
                        SocketAddress.newBuilder().setAddress("127.0.0.1").setPortValue(port))
                .build();
    }

    private static String name(Message message) {
        return switch (message) {
            case Listener listener -> listener.getName();
            case Cluster cluster -> cluster.getName();
            case ClusterLoadAssignment assignment -> assignment.getClusterName();
            case RouteConfiguration routes -> routes.getName();
            case ScopedRouteConfiguration scope -> scope.getName();
            case Secret secret -> secret.getName();
            default ->
                throw new IllegalArgumentException(
                        message.getDescriptorForType().getFullName());
        };
    }

    private String bootstrap() {
        return """
                node: {id: %s, cluster: test}
                dynamic_resources:
                  ads_config:
                    api_type: DELTA_GRPC
                    transport_api_version: V3
                    grpc_services: [{envoy_grpc: {cluster_name: ads}}]
                  cds_config: {ads: {}, resource_api_version: V3, initial_fetch_timeout: 0s}
                  lds_config: {ads: {}, resource_api_version: V3, initial_fetch_timeout: 0s}
                static_resources:
                  clusters:
                  - name: ads
                    type: STATIC
                    connect_timeout: 5s
                    typed_extension_protocol_options:
                      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                        explicit_http_config: {http2_protocol_options: {}}
                    load_assignment:
                      cluster_name: ads
                      endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]
                """.formatted(node, ads.port());
    }
}
