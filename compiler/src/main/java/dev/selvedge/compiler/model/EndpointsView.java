// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import java.util.List;
import java.util.Map;

/**
 * The endpoints of one pool, ordered by address.
 *
 * @param zones how a client uses each zone; empty when zones make no difference to it
 */
public record EndpointsView(ServiceView.ClusterName cluster, List<Endpoint> endpoints, Map<String, ZoneUse> zones) {
    public EndpointsView {
        endpoints = List.copyOf(endpoints);
        zones = Map.copyOf(zones);
    }

    public EndpointsView(ServiceView.ClusterName cluster, List<Endpoint> endpoints) {
        this(cluster, endpoints, Map.of());
    }

    public EndpointsView with(Map<String, ZoneUse> others) {
        return new EndpointsView(cluster, endpoints, others);
    }

    /**
     * @param tier 0 first; one after the other as those before it fail
     * @param weight its share within the tier; 0 when endpoints share evenly
     */
    public record ZoneUse(int tier, int weight) {}

    /**
     * @param mtls whether a proxy of ours is in front of it
     * @param draining it ends: no new requests while others are left
     */
    public record Endpoint(String address, int port, boolean mtls, boolean draining, String zone) {}
}
