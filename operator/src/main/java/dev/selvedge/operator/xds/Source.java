// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.operator.compile.CompileLoop.Found;
import dev.selvedge.operator.compile.Listed;
import dev.selvedge.operator.compile.ListingChange;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;

/** Where one proxy's resources come from. */
interface Source {
    /** What a wildcard subscription expands to. */
    SortedSet<String> listing(ResourceType type);

    /** The same with its resources, held as one until released; empty when that cannot be. */
    Optional<Listed> listed(ResourceType type);

    /** What is different between two listings. */
    ListingChange difference(SortedSet<String> before, SortedSet<String> after);

    /**
     * Resources by name, kept current until released.
     *
     * @param held versions that the proxy says it has: a secret that is still good is not made again
     */
    List<Found> acquire(ResourceType type, Collection<String> names, Map<String, String> held);

    /** Gives back what was acquired. */
    void release(Collection<ResourceKey> keys);

    /** Gives back what was acquired. */
    void release(Listed listed);
}
