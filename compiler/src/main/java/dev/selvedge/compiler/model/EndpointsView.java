// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import java.util.List;

/** The endpoints of one pool, ordered by address. */
public record EndpointsView(ServiceView.ClusterName cluster, List<Endpoint> endpoints) {
    public EndpointsView {
        endpoints = List.copyOf(endpoints);
    }

    /**
     * @param mtls whether a proxy of ours is in front of it
     * @param draining it ends: no new requests while others are left
     */
    public record Endpoint(String address, int port, boolean mtls, boolean draining, String zone) {}
}
