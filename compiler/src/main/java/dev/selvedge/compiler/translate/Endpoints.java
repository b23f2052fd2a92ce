// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.Struct;
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

    private Endpoints() {}

    /**
     * Endpoints that are ending come second: Envoy uses them only when nothing else is left.
     *
     * @param name the cluster's EDS name
     */
    static ClusterLoadAssignment of(String name, EndpointsView view) {
        boolean allDraining = view.endpoints().stream().allMatch(EndpointsView.Endpoint::draining);
        var localities = new TreeMap<Place, List<LbEndpoint>>();
        for (var endpoint : view.endpoints()) {
            var place = new Place(endpoint.draining() && !allDraining ? 1 : 0, endpoint.zone());
            localities.computeIfAbsent(place, p -> new ArrayList<>()).add(endpoint(endpoint));
        }
        var assignment = ClusterLoadAssignment.newBuilder().setClusterName(name);
        localities.forEach((place, endpoints) -> assignment.addEndpoints(LocalityLbEndpoints.newBuilder()
                .setPriority(place.priority())
                .setLocality(Locality.newBuilder().setZone(place.zone()))
                .addAllLbEndpoints(endpoints)));
        return assignment.build();
    }

    /** A cluster of one address. */
    static ClusterLoadAssignment single(String name, String address, int port) {
        return ClusterLoadAssignment.newBuilder()
                .setClusterName(name)
                .addEndpoints(LocalityLbEndpoints.newBuilder().addLbEndpoints(endpoint(address, port)))
                .build();
    }

    private record Place(int priority, String zone) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            int byPriority = Integer.compare(priority, other.priority);
            return byPriority != 0 ? byPriority : zone.compareTo(other.zone);
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
