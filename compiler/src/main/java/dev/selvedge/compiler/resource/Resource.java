// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resource;

import com.google.protobuf.Any;
import dev.selvedge.compiler.diagnostic.Origin;
import java.util.List;
import java.util.SortedSet;

/**
 * A compiled, encoded resource.
 *
 * @param version a hash of the bytes: equal bytes are never sent twice
 * @param origins the user's objects, with their generations, that shaped it
 * @param requires resources that a proxy must hold before it gets this one (make before break): for routes and
 *     listeners the clusters they name
 */
public record Resource(
        ResourceKey key, Any body, String version, SortedSet<Origin> origins, List<ResourceKey> requires) {
    public Resource {
        requires = List.copyOf(requires);
    }
}
