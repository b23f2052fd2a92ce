// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.util.List;
import java.util.Optional;

/**
 * What workloads of some namespaces call outside of the cluster.
 *
 * @param hosts DNS names in lower case, or {@code *.suffix} for every name below it; for TLS and HTTP
 * @param addresses ranges as CIDR text: for TCP what is called, for TLS where else than outside of the cluster the hosts
 *     are
 */
public record ExternalService(
        Meta meta, List<String> hosts, List<String> addresses, List<Port> ports, Visibility visibleTo)
        implements SnapshotObject {
    public ExternalService {
        hosts = List.copyOf(hosts);
        addresses = List.copyOf(addresses);
        ports = List.copyOf(ports);
    }

    /**
     * @param port the port that workloads call
     * @param originate for HTTP: the proxy adds TLS and calls this port instead
     */
    public record Port(int port, Protocol protocol, Optional<Integer> originate) {}

    public enum Protocol {
        HTTP,
        TLS,
        TCP
    }

    /** For whose workloads it is. */
    public sealed interface Visibility {
        /** Those of every namespace of the mesh. */
        record All() implements Visibility {}

        /** Those of its own namespace and of these. */
        record Listed(List<String> namespaces) implements Visibility {
            public Listed {
                namespaces = List.copyOf(namespaces);
            }
        }
    }

    /** Whether it is for the workloads of that namespace. */
    public boolean isVisibleTo(String namespace) {
        return namespace.equals(meta.name().namespace())
                || switch (visibleTo) {
                    case Visibility.All() -> true;
                    case Visibility.Listed(var namespaces) -> namespaces.contains(namespace);
                };
    }

    /** What it says of a port; no port is given twice. */
    public Optional<Port> port(int number) {
        return ports.stream().filter(port -> port.port() == number).findFirst();
    }

    @Override
    public ObjectRef ref() {
        return new ObjectRef(Kind.EXTERNAL_SERVICE, meta.name());
    }
}
