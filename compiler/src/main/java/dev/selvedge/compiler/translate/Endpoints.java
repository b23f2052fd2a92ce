// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.selvedge.compiler.model.EndpointsView;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** The endpoints of a cluster. */
final class Endpoints {
    /** Metadata by which a cluster tells the endpoints behind a proxy of ours from the others. */
    static final String TRANSPORT_KEY = "selvedge";

    static final String TRANSPORT_MTLS = "mtls";

    private static final String TRANSPORT_FILTER = "envoy.transport_socket_match";

    private static final EndpointsView.ZoneUse EVERY_ZONE = new EndpointsView.ZoneUse(0, 0);

    private Endpoints() {}

    /**
     * Endpoints that are ending come second: Envoy uses them only when nothing else is left.
     *
     * @param name the cluster's EDS name
     */
    static ClusterLoadAssignment of(String name, EndpointsView view) {
        var localities = new TreeMap<Place, List<LbEndpoint>>();
        for (var endpoint : view.endpoints()) {
            localities
                    .computeIfAbsent(place(view, endpoint), _ -> new ArrayList<>())
                    .add(endpoint(endpoint));
        }
        // Envoy wants priorities without gaps.
        var priorities =
                localities.keySet().stream().map(Place::rank).distinct().toList();
        var assignment = ClusterLoadAssignment.newBuilder().setClusterName(name);
        localities.forEach((place, endpoints) ->
                assignment.addEndpoints(locality(place, endpoints).setPriority(priorities.indexOf(place.rank()))));
        return assignment.build();
    }

    private static LocalityLbEndpoints.Builder locality(Place place, List<LbEndpoint> endpoints) {
        var locality = LocalityLbEndpoints.newBuilder()
                .setLocality(Locality.newBuilder().setZone(place.zone()))
                .addAllLbEndpoints(endpoints);
        if (place.weight() > 0) {
            locality.setLoadBalancingWeight(UInt32Value.of(place.weight()));
        }
        return locality;
    }

    private static Place place(EndpointsView view, EndpointsView.Endpoint endpoint) {
        var use = view.zones().getOrDefault(endpoint.zone(), EVERY_ZONE);
        return new Place(new Rank(endpoint.draining(), use.tier()), endpoint.zone(), use.weight());
    }

    /** A cluster of one address. */
    static ClusterLoadAssignment single(String name, String address, int port) {
        return ClusterLoadAssignment.newBuilder()
                .setClusterName(name)
                .addEndpoints(LocalityLbEndpoints.newBuilder().addLbEndpoints(endpoint(address, port)))
                .build();
    }

    /** What is ending comes after everything else. */
    private record Rank(boolean draining, int tier) implements Comparable<Rank> {
        @Override
        public int compareTo(Rank other) {
            int byDraining = Boolean.compare(draining, other.draining);
            return byDraining != 0 ? byDraining : Integer.compare(tier, other.tier);
        }
    }

    private record Place(Rank rank, String zone, int weight) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            int byRank = rank.compareTo(other.rank);
            return byRank != 0 ? byRank : zone.compareTo(other.zone);
        }
    }

    private static LbEndpoint endpoint(EndpointsView.Endpoint endpoint) {
        var result = endpoint(endpoint.address(), endpoint.port());
        if (endpoint.mtls()) {
            result.setMetadata(Metadata.newBuilder()
                    .putFilterMetadata(
                            TRANSPORT_FILTER,
                            Struct.newBuilder()
                                    .putFields(
                                            TRANSPORT_KEY,
                                            Value.newBuilder()
                                                    .setStringValue(TRANSPORT_MTLS)
                                                    .build())
                                    .build()));
        }
        return result.build();
    }

    private static LbEndpoint.Builder endpoint(String address, int port) {
        return LbEndpoint.newBuilder().setEndpoint(Endpoint.newBuilder().setAddress(Addresses.of(address, port)));
    }
}
