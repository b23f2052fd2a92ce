// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resource;

import dev.selvedge.compiler.snapshot.ObjectName;

/** The xDS names of everything that is not a cluster of a Service (those are named by {@code ClusterName}). */
public final class ResourceName {
    /** Catches every outbound connection of a sidecar and hands it to the listener of its address or port. */
    public static final String OUTBOUND = "outbound";

    /** The listener for a pod's callers, and the cluster that is the application behind it. */
    public static final String INBOUND = "inbound";

    /** The cluster that is the application behind it, for requests that were HTTP/1.1 before they came by HTTP/2. */
    public static final String INBOUND_HTTP1 = "inbound|http1";

    /** The routes of a pod's callers that prove who they are, with the rules for them. */
    public static final String INBOUND_MTLS = "inbound|mtls";

    /** The routes of a pod's callers that do not say who they are, with the rules for them. */
    public static final String INBOUND_PLAINTEXT = "inbound|plaintext";

    /** The cluster that goes where the client wanted to go. */
    public static final String PASSTHROUGH = "passthrough";

    /** The cluster that refuses at once. */
    public static final String BLACKHOLE = "blackhole";

    /** Starts the name of a cluster that is made for one address when a connection to it is first seen. */
    public static final String TCP = "tcp|";

    /** Starts the names of clusters and routes for what is declared outside of the cluster. */
    public static final String EXTERNAL = "external|";

    /** Starts the name of a cluster that is made for one declared address; the address follows. */
    public static final String EXTERNAL_TCP = EXTERNAL + "tcp|";

    /** Starts the name of a cluster that a proxy itself calls by gRPC. */
    public static final String GRPC = "grpc|";

    private static final String EXTERNAL_TLS = EXTERNAL + "tls|";

    /** SDS: the proxy's certificate and key. */
    public static final String WORKLOAD_SECRET = "workload";

    /** SDS: the bundles of every trust domain, under the SPIFFE validator. */
    public static final String TRUST_SECRET = "trust";

    private static final String GATEWAY = "gateway|";

    private ResourceName() {}

    /** {@code ip:port} as Envoy prints an address, IPv6 in brackets. */
    public static String address(String ip, int port) {
        return (ip.indexOf(':') < 0 ? ip : "[" + ip + "]") + ":" + port;
    }

    /** The scope of a Service's address and port. */
    public static String scope(String ip, int port) {
        return address(ip, port);
    }

    /** The routes of a Service's port. */
    public static String route(ObjectName service, int port) {
        return service + ":" + port;
    }

    /** The routes of a Gateway's port. */
    public static String gatewayRoute(ObjectName gateway, int port) {
        return GATEWAY + gateway + "|" + port;
    }

    /** Whether a name is one of {@link #gatewayRoute}. */
    public static boolean isGatewayRoute(String name) {
        return name.startsWith(GATEWAY);
    }

    /** Whether a name is one of a pod's own routes. */
    public static boolean isInboundRoute(String name) {
        return name.equals(INBOUND_MTLS) || name.equals(INBOUND_PLAINTEXT);
    }

    /** The listener of a Gateway's port. */
    public static String gatewayListener(int port) {
        return GATEWAY + port;
    }

    /** The listener that detects HTTP on every address with this port. */
    public static String portListener(int port) {
        return "outbound|*:" + port;
    }

    /** The listener of one address and port that is declared opaque. */
    public static String opaqueListener(String ip, int port) {
        return "outbound|" + address(ip, port);
    }

    /** Whether a name is one of {@link #externalRoute} and the clusters behind it and its like. */
    public static boolean isExternal(ResourceType type, String name) {
        return switch (type) {
            case CLUSTER, ROUTE -> name.startsWith(EXTERNAL);
            case ENDPOINTS, LISTENER, SCOPE, SECRET -> false;
        };
    }

    /** The routes to hosts that are declared outside of the cluster. */
    public static String externalRoute(int port) {
        return EXTERNAL + port;
    }

    /** The cluster of a declared host that is called with TLS. */
    public static String externalTls(String host, int port) {
        return EXTERNAL_TLS + host + ":" + port;
    }

    /** The same for whatever name the client's TLS says, as Envoy fills it in. */
    public static String externalTlsOfClient(int port) {
        return externalTls("%REQUESTED_SERVER_NAME%", port);
    }

    /** The cluster of a declared host that is called with HTTP. */
    public static String externalHttp(String host, int port) {
        return EXTERNAL + "http|" + host + ":" + port;
    }

    /** The cluster of a declared range of addresses outside of the cluster. */
    public static String externalRange(String range, int port) {
        return EXTERNAL + "range|" + range + "|" + port;
    }

    /** The cluster of a Service's port that proxies themselves call by gRPC. */
    public static String grpcCluster(ObjectName service, int port) {
        return GRPC + service + ":" + port;
    }

    /** The cluster behind one address and port for connections that are not routed as HTTP. */
    public static String tcpCluster(String ip, int port) {
        return TCP + address(ip, port);
    }
}
