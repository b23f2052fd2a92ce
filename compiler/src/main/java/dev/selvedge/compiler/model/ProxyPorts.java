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

    /** The user that Envoy runs as; its own connections are not redirected. */
    public static final int PROXY_UID = 1337;

    /** ALPN that a client's proxy offers for connections that carry HTTP. */
    public static final String ALPN_HTTP = "selvedge-http";

    /** ALPN that a client's proxy offers for every other connection. */
    public static final String ALPN_TCP = "selvedge-tcp";

    /** Carries the original destination to the choice of the scoped route; overwritten on the way in, removed after. */
    public static final String DESTINATION_HEADER = "x-selvedge-destination";

    private ProxyPorts() {}
}
