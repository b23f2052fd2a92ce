// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import static dev.selvedge.operator.xds.FakeSource.key;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.resource.Resource;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.http.on_demand.v3.OnDemand;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import java.util.List;
import java.util.TreeSet;

/** Resources in the shape of the real ones, small enough to read, for loopback without interception. */
final class EnvoyResources {
    private static final JsonFormat.Parser JSON = JsonFormat.parser()
            .usingTypeRegistry(JsonFormat.TypeRegistry.newBuilder()
                    .add(HttpConnectionManager.getDescriptor())
                    .add(Router.getDescriptor())
                    .add(OnDemand.getDescriptor())
                    .add(HeaderMutation.getDescriptor())
                    .add(TcpProxy.getDescriptor())
                    .add(DownstreamTlsContext.getDescriptor())
                    .build());

    private EnvoyResources() {}

    private static Resource resource(
            ResourceType type,
            String name,
            Message.Builder into,
            String json,
            List<Origin> origins,
            ResourceKey... requires) {
        try {
            JSON.merge(json, into);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(e);
        }
        var body = Any.pack(into.build());
        var version = Integer.toHexString(body.getValue().hashCode());
        return new Resource(key(type, name), body, version, new TreeSet<>(origins), List.of(requires));
    }

    /** Scoped routes by the address that the listener was reached at, as the outbound listener of a sidecar. */
    static Resource outbound(String name, int port, Origin... origins) {
        return outbound(name, port, "15s", origins);
    }

    /** @param patience how long it waits for scopes when it starts; says so in the header {@code server} */
    static Resource outbound(String name, int port, String patience, Origin... origins) {
        return resource(
                ResourceType.LISTENER,
                name,
                Listener.newBuilder(),
                """
                {"name": "%s", "address": {"socketAddress": {"address": "127.0.0.1", "portValue": %d}},
                 "filterChains": [{"filters": [{"name": "hcm", "typedConfig": {
                  "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                  "statPrefix": "out", "serverName": "%s",
                  "earlyHeaderMutationExtensions": [{"name": "e", "typedConfig": {
                   "@type": "type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
                   "mutations": [{"append": {"header": {"key": "x-destination", "value": "%%DOWNSTREAM_LOCAL_ADDRESS%%"},
                    "appendAction": "OVERWRITE_IF_EXISTS_OR_ADD"}}]}}],
                  "scopedRoutes": {"name": "scopes",
                   "scopeKeyBuilder": {"fragments": [{"headerValueExtractor": {"name": "x-destination", "index": 0}}]},
                   "rdsConfigSource": {"ads": {}, "resourceApiVersion": "V3"},
                   "scopedRds": {"scopedRdsConfigSource": {"ads": {}, "resourceApiVersion": "V3", "initialFetchTimeout": "%s"}}},
                  "httpFilters": [
                   {"name": "on_demand", "typedConfig": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.on_demand.v3.OnDemand"}},
                   {"name": "router", "typedConfig": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}]}]}
                """.formatted(name, port, patience, patience),
                List.of(origins));
    }

    /** A listener that Envoy refuses. */
    static Resource refusedListener(String name, Origin... origins) {
        return resource(
                ResourceType.LISTENER,
                name,
                Listener.newBuilder(),
                "{\"name\": \"%s\"}".formatted(name),
                List.of(origins));
    }

    /** Shows the proxy's own certificate to whoever connects. */
    static Resource tls(String name, int port) {
        return resource(ResourceType.LISTENER, name, Listener.newBuilder(), """
                {"name": "%s", "address": {"socketAddress": {"address": "127.0.0.1", "portValue": %d}},
                 "filterChains": [{
                  "transportSocket": {"name": "tls", "typedConfig": {
                   "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                   "commonTlsContext": {"tlsCertificateSdsSecretConfigs": [
                    {"name": "workload", "sdsConfig": {"ads": {}, "resourceApiVersion": "V3", "initialFetchTimeout": "0s"}}],
                    "validationContextSdsSecretConfig":
                     {"name": "trust", "sdsConfig": {"ads": {}, "resourceApiVersion": "V3", "initialFetchTimeout": "0s"}}}}},
                  "filters": [{"name": "tcp", "typedConfig": {
                   "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
                   "statPrefix": "tls", "cluster": "application"}}]}]}
                """.formatted(name, port), List.of());
    }

    /** A cluster that is listed, as the static ones are. */
    static Resource application(int port) {
        return resource(ResourceType.CLUSTER, "application", Cluster.newBuilder(), """
                {"name": "application", "type": "STATIC", "connectTimeout": "1s",
                 "loadAssignment": {"clusterName": "application", "endpoints": [{"lbEndpoints": [{"endpoint": {"address":
                  {"socketAddress": {"address": "127.0.0.1", "portValue": %d}}}}]}]}}
                """.formatted(port), List.of());
    }

    static Resource scope(int port, String route) {
        var address = "127.0.0.1:" + port;
        return resource(
                ResourceType.SCOPE,
                address,
                ScopedRouteConfiguration.newBuilder(),
                """
                {"name": "%s", "onDemand": true, "routeConfigurationName": "%s",
                 "key": {"fragments": [{"stringKey": "%s"}]}}
                """.formatted(address, route, address),
                List.of());
    }

    /** The same for proxies that have other listeners. */
    static Resource again(Resource resource) {
        return new Resource(
                resource.key(),
                resource.body(),
                resource.version() + "-again",
                resource.origins(),
                resource.requires());
    }

    static Resource route(String name, String cluster, Origin... origins) {
        return resource(
                ResourceType.ROUTE,
                name,
                RouteConfiguration.newBuilder(),
                """
                {"name": "%s", "virtualHosts": [{"name": "all", "domains": ["*"],
                 "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "%s"}}]}]}
                """.formatted(name, cluster),
                List.of(origins),
                key(ResourceType.CLUSTER, cluster));
    }

    static Resource cluster(String name, String connectTimeout) {
        return resource(
                ResourceType.CLUSTER,
                name,
                Cluster.newBuilder(),
                """
                {"name": "%s", "type": "EDS", "connectTimeout": "%s",
                 "edsClusterConfig": {"edsConfig": {"ads": {}, "resourceApiVersion": "V3", "initialFetchTimeout": "0s"}}}
                """.formatted(name, connectTimeout),
                List.of(),
                key(ResourceType.ENDPOINTS, name));
    }

    static Resource endpoints(String name, int port) {
        return resource(
                ResourceType.ENDPOINTS, name, ClusterLoadAssignment.newBuilder(), """
                {"clusterName": "%s", "endpoints": [{"lbEndpoints": [{"endpoint": {"address":
                 {"socketAddress": {"address": "127.0.0.1", "portValue": %d}}}}]}]}
                """.formatted(name, port), List.of());
    }
}
