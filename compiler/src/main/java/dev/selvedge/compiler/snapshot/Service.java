// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Service with its TCP ports (UDP and SCTP pass untouched and are not read).
 *
 * @param clusterIps empty for a headless Service and for an ExternalName
 * @param selector empty when the Service has none
 * @param prefersZone whether {@code trafficDistribution} asks for endpoints near the client
 */
public record Service(
        ObjectName name, Map<String, String> selector, List<String> clusterIps, List<Port> ports, boolean prefersZone)
        implements SnapshotObject {
    public Service {
        selector = Map.copyOf(selector);
        clusterIps = List.copyOf(clusterIps);
        ports = List.copyOf(ports);
    }

    public Service(ObjectName name, Map<String, String> selector, List<String> clusterIps, List<Port> ports) {
        this(name, selector, clusterIps, ports, false);
    }

    /**
     * @param name the port's name, empty when it has none; an EndpointSlice repeats it
     * @param appProtocol {@code spec.ports[].appProtocol} as written
     */
    public record Port(String name, int port, Optional<String> appProtocol) {}

    /** Whether a pod of the namespace with these labels is one of the Service's. */
    public boolean selects(Map<String, String> labels) {
        return !selector.isEmpty() && labels.entrySet().containsAll(selector.entrySet());
    }

    @Override
    public ObjectRef ref() {
        return new ObjectRef(Kind.SERVICE, name);
    }
}
