// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resource;

import java.util.Arrays;
import java.util.Optional;

/** The xDS resource types that the compiler makes, in the order in which a change is delivered. */
public enum ResourceType {
    CLUSTER("type.googleapis.com/envoy.config.cluster.v3.Cluster"),
    ENDPOINTS("type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"),
    LISTENER("type.googleapis.com/envoy.config.listener.v3.Listener"),
    SCOPE("type.googleapis.com/envoy.config.route.v3.ScopedRouteConfiguration"),
    ROUTE("type.googleapis.com/envoy.config.route.v3.RouteConfiguration"),
    SECRET("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret");

    private final String typeUrl;

    ResourceType(String typeUrl) {
        this.typeUrl = typeUrl;
    }

    public String typeUrl() {
        return typeUrl;
    }

    public static Optional<ResourceType> ofTypeUrl(String typeUrl) {
        return Arrays.stream(values())
                .filter(type -> type.typeUrl.equals(typeUrl))
                .findFirst();
    }
}
