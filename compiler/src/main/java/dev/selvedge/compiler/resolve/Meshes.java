// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.List;
import java.util.Optional;

/** The mesh in force, as far as it can be used. */
public final class Meshes {
    private Meshes() {}

    /** The oldest mesh, without the ranges of Services that cannot be read. */
    public static Optional<Mesh> inForce(Reads reads) {
        return reads.mesh()
                .map(mesh -> mesh.withServiceCidrs(mesh.serviceCidrs().stream()
                        .filter(range -> Cidr.parse(range).isPresent())
                        .toList()));
    }

    static List<Cidr> serviceRanges(Mesh mesh) {
        return mesh.serviceCidrs().stream()
                .flatMap(range -> Cidr.parse(range).stream())
                .toList();
    }
}
