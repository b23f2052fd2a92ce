// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.util.List;
import java.util.Optional;

/** A Gateway of class {@code selvedge} (others are not ingested). */
public record Gateway(Meta meta, List<Listener> listeners) implements SnapshotObject {
    public Gateway {
        listeners = List.copyOf(listeners);
    }

    /**
     * @param protocol as written; only {@code HTTP} is served so far
     * @param allowedNamespaces which namespaces may attach routes
     * @param kinds of routes that may attach, as {@code group/Kind}; empty means all that go with the protocol
     */
    public record Listener(
            String name,
            int port,
            String protocol,
            Optional<String> hostname,
            AllowedNamespaces allowedNamespaces,
            List<String> kinds) {
        public Listener {
            kinds = List.copyOf(kinds);
        }

        /** One for routes of all kinds. */
        public Listener(
                String name,
                int port,
                String protocol,
                Optional<String> hostname,
                AllowedNamespaces allowedNamespaces) {
            this(name, port, protocol, hostname, allowedNamespaces, List.of());
        }
    }

    public sealed interface AllowedNamespaces {
        record Same() implements AllowedNamespaces {}

        record All() implements AllowedNamespaces {}

        record Matching(LabelSelector selector) implements AllowedNamespaces {}
    }

    @Override
    public ObjectRef ref() {
        return new ObjectRef(Kind.GATEWAY, meta.name());
    }
}
