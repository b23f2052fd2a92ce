// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resource;

import com.google.protobuf.Any;
import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.snapshot.ClientGroups;
import java.util.List;
import java.util.SortedSet;

/**
 * A compiled, encoded resource.
 *
 * @param version a hash of the bytes: equal bytes are never sent twice
 * @param origins the user's objects, with their generations, that shaped it
 * @param requires resources that a proxy must hold before it gets this one (make before break): for routes and
 *     listeners the clusters they name
 * @param groups by what proxies are told apart that ask for this name; when it changes, another key may be theirs
 */
public record Resource(
        ResourceKey key,
        Any body,
        String version,
        SortedSet<Origin> origins,
        List<ResourceKey> requires,
        ClientGroups groups) {
    public Resource {
        requires = List.copyOf(requires);
    }

    /** One that is the same for everybody who asks for its name. */
    public Resource(ResourceKey key, Any body, String version, SortedSet<Origin> origins, List<ResourceKey> requires) {
        this(key, body, version, origins, requires, ClientGroups.NONE);
    }

    public Resource toldApartBy(ClientGroups others) {
        return new Resource(key, body, version, origins, requires, others);
    }
}
