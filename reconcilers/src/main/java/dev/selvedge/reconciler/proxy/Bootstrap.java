// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.proxy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;

/**
 * What Envoy of a pod starts with, as YAML for {@code --config-yaml}: how it finds and authenticates the operator, and
 * the two static listeners for those who have no identity. Everything else comes over ADS. Most of it is the resource
 * {@code bootstrap.yaml}.
 */
public final class Bootstrap {
    private static final ObjectNode BASE = EnvoyYaml.resource("bootstrap.yaml");

    /** The port on which the operator serves ADS. */
    private static final int XDS_PORT = 15012;

    private Bootstrap() {}

    /** For a sidecar. It is ready when both of its listeners accept, which they do once they are configured. */
    public static String sidecar(ProxySettings settings, DirectAccess access) {
        var root = common(settings);
        clusters(root).add(StaticResources.listenersCluster());
        filters(root, "health").insert(0, StaticResources.readinessFilter());
        addProbes(root, access);
        access.metrics().ifPresent(metrics -> {
            routes(root, "metrics").add(StaticResources.metricsRoute(metrics));
            clusters(root).add(StaticResources.metricsCluster(metrics));
        });
        return EnvoyYaml.write(root);
    }

    /** For the proxy of a gateway. It is ready when its configuration has arrived: until then no worker answers. */
    public static String gateway(ProxySettings settings) {
        var root = common(settings);
        routes(root, "health").add(StaticResources.liveRoute());
        return EnvoyYaml.write(root);
    }

    private static ObjectNode common(ProxySettings settings) {
        var root = BASE.deepCopy();
        var xds = named(root.at("/static_resources/clusters"), "xds");
        array(xds, "/load_assignment/endpoints").add(StaticResources.endpoint(settings.controlPlane(), XDS_PORT));
        var tls = (ObjectNode) xds.at("/transport_socket/typed_config");
        tls.put("sni", settings.controlPlane());
        array(
                        tls,
                        "/common_tls_context/combined_validation_context/default_validation_context/match_typed_subject_alt_names")
                .add(EnvoyYaml.read("{san_type: DNS, matcher: {exact: %s}}", settings.controlPlane()));
        settings.memoryLimit().ifPresent(bytes -> StaticResources.limitHeap(root, bytes));
        return root;
    }

    private static void addProbes(ObjectNode root, DirectAccess access) {
        var healthFilters = filters(root, "health");
        // Several probes may share a cluster: of the same name, they are the same.
        var clusters = new LinkedHashMap<String, ObjectNode>();
        for (var probe : access.http()) {
            routes(root, "health").add(StaticResources.httpProbeRoute(probe));
            clusters.put(StaticResources.httpProbeName(probe), StaticResources.httpProbeCluster(probe));
        }
        for (var probe : access.tcp()) {
            healthFilters.insert(healthFilters.size() - 1, StaticResources.tcpProbeFilter(probe));
            clusters.put(StaticResources.tcpProbeName(probe), StaticResources.tcpProbeCluster(probe));
        }
        for (var probe : access.grpc()) {
            array(root, "/static_resources/listeners").add(StaticResources.grpcProbeListener(probe));
            clusters.put(StaticResources.grpcProbeName(probe), StaticResources.grpcProbeCluster(probe));
        }
        clusters(root).addAll(clusters.values());
    }

    private static ArrayNode clusters(ObjectNode root) {
        return array(root, "/static_resources/clusters");
    }

    private static ArrayNode filters(ObjectNode root, String listener) {
        return array(connectionManager(root, listener), "/http_filters");
    }

    private static ArrayNode routes(ObjectNode root, String listener) {
        return array(connectionManager(root, listener), "/route_config/virtual_hosts/0/routes");
    }

    private static JsonNode connectionManager(ObjectNode root, String listener) {
        return named(root.at("/static_resources/listeners"), listener).at("/filter_chains/0/filters/0/typed_config");
    }

    private static JsonNode named(JsonNode list, String name) {
        for (var item : list) {
            if (item.path("name").asText().equals(name)) {
                return item;
            }
        }
        throw new IllegalStateException("bootstrap.yaml has no " + name);
    }

    private static ArrayNode array(JsonNode node, String pointer) {
        return (ArrayNode) node.at(pointer);
    }
}
