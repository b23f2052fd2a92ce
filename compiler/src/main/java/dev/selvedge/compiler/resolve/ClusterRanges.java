// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where pods and Services can be. What is elsewhere is outside of the cluster, and a proxy needs to know nothing of each
 * single address there: a proxy that asked for every one would grow with each host that its application ever called.
 */
public final class ClusterRanges {
    /** Addresses that nobody reaches over the internet. */
    private static final List<String> PRIVATE = List.of(
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "::1/128",
            "fc00::/7",
            "fe80::/10");

    private ClusterRanges() {}

    /** Private addresses, the ranges of Services, and the surroundings of every pod and Service that is elsewhere. */
    public static List<Cidr> of(Reads reads) {
        return of(Meshes.inForce(reads).map(Mesh::serviceCidrs).orElse(List.of()), reads.publicRanges());
    }

    /** @param elsewhere surroundings of pods and Services with public addresses */
    public static List<Cidr> of(List<String> services, List<String> elsewhere) {
        return Stream.of(PRIVATE, services, elsewhere)
                .flatMap(List::stream)
                .map(Cidr::parse)
                .flatMap(Optional::stream)
                .distinct()
                .toList();
    }
}
