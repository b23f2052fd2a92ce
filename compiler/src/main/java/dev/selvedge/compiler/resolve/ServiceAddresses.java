// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.model.SocketAddress;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.Comparator;
import java.util.List;

/** Where a Service can be called: an entry for each address and port, by port. Knows nothing of endpoints. */
public record ServiceAddresses(List<Entry> entries) {
    public ServiceAddresses {
        entries = List.copyOf(entries);
    }

    /** @param routed whether requests to it may be HTTP and are routed; otherwise its port is opaque */
    public record Entry(SocketAddress address, boolean routed) {}

    /** Whether this is an address of the Service at which requests are routed. */
    public boolean isRouted(SocketAddress address) {
        return entries.contains(new Entry(address, true));
    }

    /** No entries when there is no such Service. */
    public static ServiceAddresses of(Reads reads, ServiceTraffic traffic, ObjectName name) {
        return new ServiceAddresses(reads.service(name).stream()
                .flatMap(service -> service.ports().stream()
                        .sorted(Comparator.comparing(port -> port.port()))
                        .flatMap(port -> service.clusterIps().stream()
                                .map(address -> new Entry(
                                        new SocketAddress(address, port.port()),
                                        traffic.protocol(port) != AppProtocol.OPAQUE))))
                .toList());
    }
}
