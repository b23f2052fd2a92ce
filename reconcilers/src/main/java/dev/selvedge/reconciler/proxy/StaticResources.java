// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.proxy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.compiler.model.ProxyPorts;

/** The parts of the bootstrap that depend on the pod. */
final class StaticResources {
    /** Where the kubelet asks whether the proxy is ready. */
    static final String READY_PATH = "/healthz/ready";

    private StaticResources() {}

    /** Healthy when the outbound and the inbound listener accept connections. */
    static ObjectNode listenersCluster() {
        var cluster = EnvoyYaml.read("""
                name: listeners
                type: STATIC
                connect_timeout: 1s
                load_assignment: {cluster_name: listeners, endpoints: []}
                """);
        endpoints(cluster)
                .add(endpoint("127.0.0.1", ProxyPorts.OUTBOUND))
                .add(endpoint("127.0.0.1", ProxyPorts.INBOUND));
        // Quick while the pod starts, rare afterwards.
        cluster.putArray("health_checks").add(connectCheck(1, "0.25s", "10s"));
        return cluster;
    }

    static ObjectNode readinessFilter() {
        return healthCheckFilter(READY_PATH, "listeners");
    }

    static ObjectNode liveRoute() {
        return EnvoyYaml.read("{match: {path: %s}, route: {cluster: admin, prefix_rewrite: /ready}}", READY_PATH);
    }

    /**
     * A redirect counts as success, as it does for the kubelet when it leads elsewhere; without its location the kubelet
     * does not follow it to this listener, which knows no other path.
     */
    static ObjectNode httpProbeRoute(DirectAccess.HttpProbe probe) {
        return EnvoyYaml.read(
                """
                match: {path: %s}
                route: {cluster: %s, prefix_rewrite: %s, timeout: %ds}
                request_headers_to_remove: [x-forwarded-proto]
                response_headers_to_remove: [location]
                """, probe.path(), httpProbeName(probe), EnvoyYaml.literal(probe.target()), probe.timeoutSeconds());
    }

    static String httpProbeName(DirectAccess.HttpProbe probe) {
        return "probe|%s|%d".formatted(probe.tls() ? "https" : "http", probe.port());
    }

    static ObjectNode httpProbeCluster(DirectAccess.HttpProbe probe) {
        var cluster = applicationCluster(httpProbeName(probe), probe.port());
        // Each probe has a connection of its own, as the kubelet's has: it is the accepting that is probed.
        http(cluster).set("common_http_protocol_options", EnvoyYaml.read("{max_requests_per_connection: 1}"));
        if (probe.tls()) {
            cluster.set("transport_socket", unverifiedTls());
        }
        return cluster;
    }

    static ObjectNode tcpProbeFilter(DirectAccess.TcpProbe probe) {
        return healthCheckFilter(probe.path(), tcpProbeName(probe));
    }

    static String tcpProbeName(DirectAccess.TcpProbe probe) {
        return "probe|tcp|%d".formatted(probe.port());
    }

    static ObjectNode tcpProbeCluster(DirectAccess.TcpProbe probe) {
        var cluster = applicationCluster(tcpProbeName(probe), probe.port());
        cluster.putArray("health_checks").add(connectCheck(probe.timeoutSeconds(), "1s", "3s"));
        return cluster;
    }

    /** Passes nothing but the health check: the port beside it would be a way around mTLS. */
    static ObjectNode grpcProbeListener(DirectAccess.GrpcProbe probe) {
        return EnvoyYaml.read(
                """
                name: %s
                address: {socket_address: {address: "::", port_value: %d, ipv4_compat: true}}
                bypass_overload_manager: true
                ignore_global_conn_limit: true
                per_connection_buffer_limit_bytes: 32768
                filter_chains:
                - filters:
                  - name: envoy.filters.network.http_connection_manager
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                      stat_prefix: health
                      codec_type: HTTP2
                      generate_request_id: false
                      skip_xff_append: true
                      request_headers_timeout: 10s
                      common_http_protocol_options: {idle_timeout: 60s}
                      route_config:
                        virtual_hosts:
                        - name: grpc
                          domains: ["*"]
                          routes:
                          - match: {path: /grpc.health.v1.Health/Check}
                            route: {cluster: %s, timeout: %ds}
                            request_headers_to_remove: [x-forwarded-proto]
                      http_filters:
                      - name: envoy.filters.http.router
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                          suppress_envoy_headers: true
                """, "grpc|" + probe.listen(), probe.listen(), grpcProbeName(probe), probe.timeoutSeconds());
    }

    static String grpcProbeName(DirectAccess.GrpcProbe probe) {
        return "probe|grpc|%d".formatted(probe.port());
    }

    static ObjectNode grpcProbeCluster(DirectAccess.GrpcProbe probe) {
        var cluster = applicationCluster(grpcProbeName(probe), probe.port());
        var http = http(cluster);
        http.set("common_http_protocol_options", EnvoyYaml.read("{max_requests_per_connection: 1}"));
        http.set("explicit_http_config", EnvoyYaml.read("{http2_protocol_options: {}}"));
        return cluster;
    }

    static ObjectNode metricsRoute(DirectAccess.Metrics metrics) {
        return EnvoyYaml.read(
                """
                match: {path: %s, headers: [{name: ":method", string_match: {exact: GET}}]}
                route: {cluster: %s, prefix_rewrite: %s, timeout: 60s}
                request_headers_to_remove: [x-forwarded-proto]
                """, DirectAccess.METRICS_PATH, metricsName(metrics), EnvoyYaml.literal(metrics.target()));
    }

    static String metricsName(DirectAccess.Metrics metrics) {
        return "metrics|%d".formatted(metrics.port());
    }

    static ObjectNode metricsCluster(DirectAccess.Metrics metrics) {
        var cluster = applicationCluster(metricsName(metrics), metrics.port());
        http(cluster).set("explicit_http_config", EnvoyYaml.read("{http_protocol_options: {}}"));
        if (metrics.tls()) {
            cluster.set("transport_socket", unverifiedTls());
        }
        return cluster;
    }

    /** Gives back memory at nine tenths of what the heap may take, and refuses new requests just below it. */
    static void limitHeap(ObjectNode root, long limitBytes) {
        // The rest is for the binary's text, stacks and kernel buffers, which the limit counts too.
        long heap = limitBytes / 4 * 3;
        var manager = (ObjectNode) root.at("/overload_manager");
        ((ArrayNode) manager.at("/resource_monitors")).add(EnvoyYaml.read("""
                                name: envoy.resource_monitors.fixed_heap
                                typed_config:
                                  "@type": type.googleapis.com/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig
                                  max_heap_size_bytes: %d
                                """, heap));
        var trigger = "{name: %s, triggers: [{name: envoy.resource_monitors.fixed_heap, threshold: {value: %s}}]}";
        manager.putArray("actions")
                .add(EnvoyYaml.read(trigger, "envoy.overload_actions.shrink_heap", 0.9))
                .add(EnvoyYaml.read(trigger, "envoy.overload_actions.stop_accepting_requests", 0.97));
    }

    static ObjectNode endpoint(String address, int port) {
        return EnvoyYaml.read(
                "{lb_endpoints: [{endpoint: {address: {socket_address: {address: %s, port_value: %d}}}}]}",
                address, port);
    }

    /** The application of this pod at the pod's address, where the kubelet would call it. */
    private static ObjectNode applicationCluster(String name, int port) {
        var cluster = EnvoyYaml.read("""
                name: %s
                type: STATIC
                connect_timeout: 5s
                load_assignment: {cluster_name: %1$s, endpoints: []}
                upstream_bind_config:
                  source_address: {address: 0.0.0.0, port_value: 0}
                  # IPPROTO_IP, IP_TOS
                  socket_options: [{level: 0, name: 1, int_value: %2$d, state: STATE_PREBIND}]
                  extra_source_addresses:
                  - address: {address: "::", port_value: 0}
                    # IPPROTO_IPV6, IPV6_TCLASS
                    socket_options: {socket_options: [{level: 41, name: 67, int_value: %2$d, state: STATE_PREBIND}]}
                """, name, ProxyPorts.APPLICATION_TOS);
        endpoints(cluster).add(endpoint("$(POD_IP)", port));
        return cluster;
    }

    private static ArrayNode endpoints(ObjectNode cluster) {
        return (ArrayNode) cluster.at("/load_assignment/endpoints");
    }

    private static ObjectNode http(ObjectNode cluster) {
        var options = EnvoyYaml.read("""
                "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                explicit_http_config: {http_protocol_options: {}}
                """);
        cluster.putObject("typed_extension_protocol_options")
                .set("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", options);
        return options;
    }

    /** As the kubelet and Prometheus treat a self-signed certificate of an application. */
    private static ObjectNode unverifiedTls() {
        return EnvoyYaml.read("""
                name: envoy.transport_sockets.tls
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
                  common_tls_context: {tls_params: {tls_maximum_protocol_version: TLSv1_3}}
                """);
    }

    /** Connects, and closes again. The thresholds are the kubelet's business. */
    private static ObjectNode connectCheck(int timeoutSeconds, String whileUnhealthy, String whileHealthy) {
        return EnvoyYaml.read("""
                timeout: %1$ds
                interval: %2$s
                no_traffic_interval: %2$s
                unhealthy_interval: %2$s
                no_traffic_healthy_interval: %3$s
                healthy_threshold: 1
                unhealthy_threshold: 1
                reuse_connection: false
                tcp_health_check: {}
                """, timeoutSeconds, whileUnhealthy, whileHealthy);
    }

    private static ObjectNode healthCheckFilter(String path, String cluster) {
        return EnvoyYaml.read("""
                name: envoy.filters.http.health_check
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.http.health_check.v3.HealthCheck
                  pass_through_mode: false
                  headers: [{name: ":path", string_match: {exact: %s}}]
                  cluster_min_healthy_percentages: {%s: {value: 100}}
                """, path, cluster);
    }
}
