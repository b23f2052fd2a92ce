// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The features of the Gateway API that the mesh has, as its conformance suite names them. The suite is run with these. */
final class MeshFeatures {
    /** Sorted, as XMesh demands it. */
    static final List<String> ALL = read();

    private MeshFeatures() {}

    private static List<String> read() {
        try (var file = requireNonNull(MeshFeatures.class.getResourceAsStream("mesh-features.txt"))) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
