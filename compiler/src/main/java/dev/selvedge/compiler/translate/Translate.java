// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import dev.selvedge.compiler.model.DestinationView;
import dev.selvedge.compiler.model.EndpointsView;
import dev.selvedge.compiler.model.GatewayView;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.ObjectName;

/** One function per xDS resource: a view in, an Envoy message out. Total: a bad input is already a value of the view. */
public final class Translate {
    private Translate() {}

    /** The scope of one address and port of a Service, which leads to the routes of this port. */
    public static Encoded scope(String address, ObjectName service, int port) {
        throw new UnsupportedOperationException();
    }

    /** The routes of a Service's port that is not opaque. */
    public static Encoded routeConfiguration(ServiceView service, ServiceView.Port port) {
        throw new UnsupportedOperationException();
    }

    /** The cluster of a pool. */
    public static Encoded cluster(ServiceView service, ServiceView.Port port, ServiceView.Pool pool, Mesh mesh) {
        throw new UnsupportedOperationException();
    }

    /** The cluster of that name ({@code tcp|address:port}) for connections that are not routed as HTTP. */
    public static Encoded tcpCluster(String name, DestinationView destination, Mesh mesh) {
        throw new UnsupportedOperationException();
    }

    /** One of the clusters that every proxy has: see {@code ResourceName}. */
    public static Encoded staticCluster(String name, Mesh mesh) {
        throw new UnsupportedOperationException();
    }

    /** The endpoints of a pool. */
    public static Encoded endpoints(EndpointsView endpoints) {
        throw new UnsupportedOperationException();
    }

    /** The listener that every outbound connection of a sidecar is redirected to. */
    public static Encoded outboundListener(Mesh mesh) {
        throw new UnsupportedOperationException();
    }

    /** The listener of one address of a Service and a port of it that is declared opaque. */
    public static Encoded opaqueListener(ServiceView service, ServiceView.Port port, String address) {
        throw new UnsupportedOperationException();
    }

    /** The listener that every inbound connection of a pod is redirected to. */
    public static Encoded inboundListener(WorkloadView workload) {
        throw new UnsupportedOperationException();
    }

    /** The listener of one port of a Gateway. */
    public static Encoded gatewayListener(GatewayView gateway, GatewayView.Port port) {
        throw new UnsupportedOperationException();
    }

    /** The routes of one port of a Gateway. */
    public static Encoded gatewayRoutes(GatewayView gateway, GatewayView.Port port) {
        throw new UnsupportedOperationException();
    }
}
