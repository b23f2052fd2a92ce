// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

/** The ports of a proxy of ours, and the names that both ends of a connection must agree on. */
public final class ProxyPorts {
    /** Outbound connections of the pod are redirected here. */
    public static final int OUTBOUND = 15001;

    /** Inbound connections of the pod are redirected here. */
    public static final int INBOUND = 15006;

    /** Prometheus metrics of the proxy, and of the application behind it; never redirected. */
    public static final int METRICS = 15020;

    /** Readiness of the proxy, and the application's probes as kubelet calls them; never redirected. */
    public static final int HEALTH = 15021;

    /** The first of the ports that answer gRPC probes, one for each probed port; never redirected. */
    public static final int GRPC_PROBES = 15100;

    /** The user that Envoy runs as; its own connections are not redirected. */
    public static final int PROXY_UID = 1337;

    /**
     * TOS byte (IPv6: traffic class) of connections from the proxy to the application of its own pod: DSCP 0x0b, of the
     * pool for local use (RFC 2474). Connections of the proxy to its own pod without it are calls of the application to
     * its own Service, and are redirected to {@link #INBOUND}. A mark of our own on the packet, rather than a loopback
     * source address, since applications trust loopback.
     */
    public static final int APPLICATION_TOS = 0x2c;

    /** ALPN that a client's proxy offers for connections that carry HTTP. */
    public static final String ALPN_HTTP = "selvedge-http";

    /** ALPN that a client's proxy offers for every other connection. */
    public static final String ALPN_TCP = "selvedge-tcp";

    /** Carries the original destination to the choice of the scoped route; overwritten on the way in, removed after. */
    public static final String DESTINATION_HEADER = "x-selvedge-destination";

    /** The port of the pod that a request came for; set on the way in, removed before the application, as are the next. */
    public static final String PORT_HEADER = "x-selvedge-port";

    /** The identity that the caller proved; absent when it has none. */
    public static final String CALLER_HEADER = "x-selvedge-caller";

    /** The address of the other end of the connection, without its port. */
    public static final String PEER_HEADER = "x-selvedge-peer";

    /** Which of the proxy's connections a request came on. */
    public static final String CONNECTION_HEADER = "x-selvedge-connection";

    /**
     * The version of HTTP that the client spoke, where the hop between proxies is another one; set by the client's proxy,
     * removed before the application.
     */
    public static final String PROTOCOL_HEADER = "x-selvedge-protocol";

    /** On the answer to a request that a rate limit refused: {@code namespace/policy/limit}. */
    public static final String RATE_LIMIT_HEADER = "x-selvedge-rate-limit";

    /**
     * Whether a port is in the range that the proxy's own listeners come from, 15000 to 15199. Calls to a Service's port
     * in this range are carried as TCP, since no listener of ours can stand at the same address and port as another.
     */
    public static boolean isReserved(int port) {
        return port >= 15000 && port < 15200;
    }

    private ProxyPorts() {}
}
