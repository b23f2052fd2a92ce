// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.v1alpha1.MeshTopology;
import dev.selvedge.api.v1alpha1.MeshTopology.AllowedCaller;
import dev.selvedge.api.v1alpha1.MeshTopology.Destination;
import dev.selvedge.api.v1alpha1.MeshTopology.Extent;
import dev.selvedge.api.v1alpha1.MeshTopology.Observed;
import dev.selvedge.api.v1alpha1.MeshTopology.UndeclaredPort;
import dev.selvedge.api.v1alpha1.MeshTopology.Zone;
import dev.selvedge.compiler.model.Callers;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.reconciler.status.MeshState;
import dev.selvedge.reconciler.status.MeshState.Topology;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.stream.Stream;

/** Who calls whom as a status tells it: cut to a size that does not grow with the mesh. */
final class TopologyStatuses {
    private static final int DESTINATIONS = 20;
    private static final int CALLERS = 10;
    private static final int ZONES = 20;
    private static final int PORTS = 20;

    private TopologyStatuses() {}

    static MeshTopology of(Topology topology, List<Membership.Zone> zones) {
        var services = topology.may().keySet().stream()
                .sorted(Comparator.<ObjectName, Boolean>comparing(
                                service -> !topology.calls().containsKey(service))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(DESTINATIONS)
                .toList();
        return new MeshTopology(
                topology.may().size(),
                topology.calls().values().stream().mapToInt(SortedSet::size).sum(),
                services.stream().map(service -> destination(topology, service)).toList(),
                topology.may().size() - services.size(),
                zones.stream()
                        .limit(ZONES)
                        .map(zone -> new Zone(zone.name(), zone.region(), zone.nodes(), zone.proxies()))
                        .toList(),
                topology.undeclared().stream()
                        .limit(PORTS)
                        .map(TopologyStatuses::port)
                        .toList(),
                Math.max(0, topology.undeclared().size() - PORTS));
    }

    private static UndeclaredPort port(MeshState.UndeclaredPort port) {
        var service = port.service().toString();
        if (port.http() && port.tcp()) {
            return new UndeclaredPort(
                    service,
                    port.port(),
                    Observed.HTTP_AND_TCP,
                    "appProtocol: http refuses the connections that are not HTTP, appProtocol: tcp passes everything"
                            + " through without routes; to keep both, give each a port of its own");
        }
        return port.http()
                ? new UndeclaredPort(service, port.port(), Observed.HTTP, "appProtocol: http")
                : new UndeclaredPort(service, port.port(), Observed.TCP, "appProtocol: tcp");
    }

    private static Destination destination(Topology topology, ObjectName service) {
        var may = topology.may().getOrDefault(service, Callers.NOBODY);
        var allowed = Stream.concat(
                        may.named().entrySet().stream()
                                .map(named -> new AllowedCaller(named.getKey().toString(), extent(named.getValue()))),
                        Stream.of(new AllowedCaller(Callers.EVERYBODY.toString(), extent(may.others()))))
                .toList();
        var called = topology.calls().getOrDefault(service, Collections.emptySortedSet());
        return new Destination(
                service.toString(),
                allowed.stream().limit(CALLERS).toList(),
                Math.max(0, allowed.size() - CALLERS),
                called.stream().limit(CALLERS).map(ObjectName::toString).toList(),
                Math.max(0, called.size() - CALLERS));
    }

    private static Extent extent(Callers.Extent extent) {
        return switch (extent) {
            case ALWAYS -> Extent.ALWAYS;
            case SOMETIMES -> Extent.SOMETIMES;
            case NEVER -> Extent.NEVER;
        };
    }
}
