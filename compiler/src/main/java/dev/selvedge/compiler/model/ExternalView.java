// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import dev.selvedge.compiler.diagnostic.Origin;
import java.util.List;
import java.util.SortedSet;

/**
 * What is declared outside of the cluster at one port, by all namespaces together: the listeners are the same for every
 * workload, and what stands behind the names in them is decided by the client's namespace.
 *
 * @param tls each host once
 * @param http whether some host speaks HTTP
 * @param tcp ranges whose addresses are called as they are, each once
 * @param inspected the objects that shaped {@code tls} and {@code http}
 * @param passed the objects that shaped {@code tcp}
 */
public record ExternalView(
        int port,
        List<TlsHost> tls,
        boolean http,
        List<Cidr> tcp,
        SortedSet<Origin> inspected,
        SortedSet<Origin> passed) {
    public ExternalView {
        tls = List.copyOf(tls);
        tcp = List.copyOf(tcp);
    }

    /**
     * @param host a name, or {@code *.suffix}
     * @param addresses where it is expected beside the addresses outside of the cluster
     */
    public record TlsHost(String host, List<Cidr> addresses) {
        public TlsHost {
            addresses = List.copyOf(addresses);
        }
    }

    /** Whether the client's first bytes decide at this port. */
    public boolean isInspected() {
        return http || !tls.isEmpty();
    }
}
