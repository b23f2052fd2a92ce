// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An EndpointSlice of a Service.
 *
 * @param ports target port number by the Service's port name (empty name for an unnamed port)
 */
public record EndpointSlice(ObjectName name, ObjectName service, Map<String, Integer> ports, List<Endpoint> endpoints)
        implements SnapshotObject {
    public EndpointSlice {
        ports = Map.copyOf(ports);
        endpoints = List.copyOf(endpoints);
    }

    /**
     * @param pod the pod behind the address, when a selector made the slice
     * @param zone {@code topology.kubernetes.io/zone}, empty when unknown
     */
    public record Endpoint(
            String address,
            boolean ready,
            boolean serving,
            boolean terminating,
            Optional<ObjectName> pod,
            String zone) {}

    /** What a slice says of each of its pods. */
    public record Backing(ObjectName service, Map<String, Integer> ports) {}

    public Backing backing() {
        return new Backing(service, ports);
    }

    /** The pods behind the addresses. */
    public List<ObjectName> pods() {
        return endpoints.stream().flatMap(endpoint -> endpoint.pod().stream()).toList();
    }

    @Override
    public ObjectRef ref() {
        return new ObjectRef(Kind.ENDPOINT_SLICE, name);
    }
}
