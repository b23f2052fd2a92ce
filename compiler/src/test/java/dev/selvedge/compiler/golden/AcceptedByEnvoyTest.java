// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.selvedge.compiler.envoy.EnvoyProcess;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.Resource;
import dev.selvedge.compiler.resource.ResourceName;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Envoy itself takes every checked-in resource, without a warning. */
@Tag("envoy")
final class AcceptedByEnvoyTest {
    private static final String EXPECTED = "There is no configured limit to the number of allowed active downstream";

    @Test
    void envoy_accepts_every_golden_resource(@TempDir Path folder) throws IOException, InterruptedException {
        var everything = new Everything();
        for (var golden : GoldenCase.all()) {
            for (var resource : golden.resources()) {
                everything.add(golden.folder().getFileName() + "|", resource);
            }
        }

        assertThat(EnvoyProcess.validate(folder, everything.bootstrap()).lines())
                .allMatch(line -> line.contains(EXPECTED));
    }

    /** A bootstrap that holds resources of many clusters, told apart by a prefix and by ports. */
    private static final class Everything {
        private final Bootstrap.StaticResources.Builder resources = Bootstrap.StaticResources.newBuilder();
        private int nextPort = 10_000;

        void add(String prefix, Resource resource) throws InvalidProtocolBufferException {
            // One name may be another resource in each namespace.
            var name = prefix + resource.key().context() + "|" + resource.key().name();
            var body = resource.body();
            switch (resource.key().type()) {
                case LISTENER -> listener(name, body.unpack(Listener.class));
                case CLUSTER -> cluster(name, body.unpack(Cluster.class));
                // Clients in different zones have different endpoints under one name.
                case ENDPOINTS ->
                    endpoints(name + " " + resource.key().context(), body.unpack(ClusterLoadAssignment.class));
                case ROUTE -> routes(name, body.unpack(RouteConfiguration.class));
                // A file has no place for a scope alone; OutboundTest serves them.
                case SCOPE -> {}
                case SECRET -> throw new IllegalArgumentException(name);
            }
        }

        Bootstrap bootstrap() {
            var ads = ApiConfigSource.newBuilder()
                    .setApiType(ApiConfigSource.ApiType.DELTA_GRPC)
                    .setTransportApiVersion(ApiVersion.V3)
                    .addGrpcServices(GrpcService.newBuilder()
                            .setEnvoyGrpc(GrpcService.EnvoyGrpc.newBuilder().setClusterName("ads")));
            for (var name : List.of("ads", ResourceName.INBOUND, ResourceName.INBOUND_HTTP1)) {
                resources.addClusters(Cluster.newBuilder()
                        .setName(name)
                        .setType(Cluster.DiscoveryType.STATIC)
                        .setLoadAssignment(ClusterLoadAssignment.newBuilder().setClusterName(name)));
            }
            return Bootstrap.newBuilder()
                    .setNode(Node.newBuilder().setId("golden").setCluster("golden"))
                    .setDynamicResources(Bootstrap.DynamicResources.newBuilder().setAdsConfig(ads))
                    .setStaticResources(resources)
                    .build();
        }

        private void listener(String name, Listener listener) {
            resources.addListeners(listener.toBuilder().setName(name).setAddress(freshAddress()));
        }

        /**
         * Envoy 1.40 crashes when it validates a file with a STATIC cluster whose certificates come over ADS, so that
         * one is discovered here. It takes it over xDS, as OutboundTest sees.
         */
        private void cluster(String name, Cluster cluster) {
            var result = cluster.toBuilder().setName(name);
            if (cluster.hasTransportSocket()) {
                result.clearLoadAssignment()
                        .setType(Cluster.DiscoveryType.EDS)
                        .setEdsClusterConfig(Cluster.EdsClusterConfig.newBuilder()
                                .setServiceName(name)
                                .setEdsConfig(ConfigSource.newBuilder()
                                        .setAds(AggregatedConfigSource.getDefaultInstance())
                                        .setResourceApiVersion(ApiVersion.V3)));
            }
            resources.addClusters(result);
        }

        /** In a file Envoy wants to know every cluster of a route. */
        private void routes(String name, RouteConfiguration routes) {
            var lenient = routes.toBuilder().setValidateClusters(BoolValue.of(false));
            http(name, HttpConnectionManager.newBuilder().setRouteConfig(lenient));
        }

        private void endpoints(String name, ClusterLoadAssignment endpoints) {
            resources.addClusters(Cluster.newBuilder()
                    .setName(name + " endpoints")
                    .setType(Cluster.DiscoveryType.STATIC)
                    .setLoadAssignment(endpoints));
        }

        private void http(String name, HttpConnectionManager.Builder manager) {
            Any config = Pack.any(manager.setStatPrefix("golden")
                    .addHttpFilters(HttpFilter.newBuilder()
                            .setName("envoy.filters.http.router")
                            .setTypedConfig(Pack.any(Router.getDefaultInstance())))
                    .build());
            listener(
                    name,
                    Listener.newBuilder()
                            .addFilterChains(FilterChain.newBuilder()
                                    .addFilters(Filter.newBuilder()
                                            .setName("envoy.filters.network.http_connection_manager")
                                            .setTypedConfig(config)))
                            .build());
        }

        private Address freshAddress() {
            return Address.newBuilder()
                    .setSocketAddress(
                            SocketAddress.newBuilder().setAddress("127.0.0.1").setPortValue(nextPort++))
                    .build();
        }
    }
}
