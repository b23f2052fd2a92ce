// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.snapshot.ObjectName;
import java.util.SortedSet;

/** What stands behind an address and port that a workload connects to without HTTP. */
public sealed interface DestinationView {
    /**
     * A port of a Service.
     *
     * @param origins the policies that shaped it
     */
    record ServicePort(
            ServiceView.ClusterName cluster, ServiceView.Pool pool, Upstream upstream, SortedSet<Origin> origins)
            implements DestinationView {}

    /** A pod of the mesh, reached directly by its address and verified by its identities. */
    record MeshPod(ObjectName pod, String address, int port, SortedSet<String> identities) implements DestinationView {}

    /** Anything else, and egress is open: passed through to where the client wanted to go. */
    record PassThrough() implements DestinationView {}

    /** Refused at once. */
    record Refused(String reason) implements DestinationView {}
}
