// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.proxy;

import dev.selvedge.compiler.model.ProxyPorts;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What of the application may be reached without mTLS, because the kubelet and Prometheus have no identity: exactly the
 * probes and the metrics that the pod declares.
 */
public record DirectAccess(List<HttpProbe> http, List<TcpProbe> tcp, List<GrpcProbe> grpc, Optional<Metrics> metrics) {
    /** Where Prometheus finds the application's metrics. */
    public static final String METRICS_PATH = "/app/metrics";

    public static final DirectAccess NONE = new DirectAccess(List.of(), List.of(), List.of(), Optional.empty());

    public DirectAccess {
        http = List.copyOf(http);
        tcp = List.copyOf(tcp);
        grpc = List.copyOf(grpc);
    }

    /**
     * A request that is passed on to the application.
     *
     * @param path where the kubelet asks for it on {@link ProxyPorts#HEALTH}
     * @param target path and query at the application
     * @param port of the application
     * @param tls the application speaks HTTPS; its certificate is not verified, as the kubelet does not
     * @param timeoutSeconds 0 means none
     */
    public record HttpProbe(String path, String target, int port, boolean tls, int timeoutSeconds) {}

    /**
     * A port that must accept connections.
     *
     * @param path where the kubelet asks for it on {@link ProxyPorts#HEALTH}
     * @param timeoutSeconds how long a connection may take
     */
    public record TcpProbe(String path, int port, int timeoutSeconds) {}

    /**
     * A gRPC health service ({@code grpc.health.v1.Health/Check}, and nothing else of that port).
     *
     * @param listen port of the proxy that the kubelet calls
     * @param timeoutSeconds of one check
     */
    public record GrpcProbe(int listen, int port, int timeoutSeconds) {}

    /** The application's metrics, served by the proxy at {@link #METRICS_PATH} on {@link ProxyPorts#METRICS}. */
    public record Metrics(String target, int port, boolean tls) {}

    /** The ports of the proxy that take this traffic, and must not be redirected to its inbound port. */
    public SortedSet<Integer> ports() {
        var ports = new TreeSet<Integer>();
        ports.add(ProxyPorts.METRICS);
        ports.add(ProxyPorts.HEALTH);
        grpc.forEach(probe -> ports.add(probe.listen()));
        return ports;
    }
}
