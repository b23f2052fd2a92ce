// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.util.List;
import java.util.stream.Stream;

/**
 * The trust domain of a mesh, and those that are taken for the same while a mesh moves from one to another: whoever is
 * {@code ns/a/sa/b} in one of them is {@code ns/a/sa/b} of the mesh.
 *
 * @param own what identities are written with
 * @param aliases whose identities are accepted too
 */
public record TrustDomains(String own, List<String> aliases) {
    public TrustDomains {
        aliases = List.copyOf(aliases);
    }

    /** Without aliases. */
    public static TrustDomains of(String own) {
        return new TrustDomains(own, List.of());
    }

    /** All that are accepted, its own first. */
    public Stream<String> accepted() {
        return Stream.concat(Stream.of(own), aliases.stream()).distinct();
    }
}
