// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resource;

import dev.selvedge.compiler.snapshot.Clients;
import dev.selvedge.compiler.snapshot.ObjectName;

/** For whom a resource is compiled. Resources of equal name and context are equal, encoded once and shared. */
public sealed interface Context {
    /** The same for every sidecar. */
    Context SHARED = new Shared();

    /** The same for every sidecar. */
    record Shared() implements Context {
        @Override
        public boolean equals(Object other) {
            return other instanceof Shared;
        }

        @Override
        public int hashCode() {
            return 1;
        }
    }

    /** The same for the sidecars of all pods that are these clients of the Service in question. */
    record OfClients(Clients clients) implements Context {}

    /** The same for every proxy in a zone. */
    record InZone(String zone) implements Context {}

    /** The same for the sidecars of a namespace. */
    record OfNamespace(String namespace) implements Context {}

    /** Personal to one pod's sidecar. */
    record Workload(ObjectName pod) implements Context {}

    /** The same for every proxy of a Gateway. */
    record OfGateway(ObjectName gateway) implements Context {}
}
