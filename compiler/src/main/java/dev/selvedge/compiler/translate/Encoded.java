// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.Message;
import dev.selvedge.compiler.resource.ResourceKey;
import java.util.List;

/**
 * What a view became.
 *
 * @param requires resources that a proxy must hold before it gets this one (make before break): of routes and listeners
 *     the clusters they name, of a cluster with EDS its endpoints; each once
 */
public record Encoded(Message body, List<ResourceKey> requires) {
    public Encoded {
        requires = requires.stream().distinct().toList();
    }

    /** A body that needs nothing else. */
    public static Encoded of(Message body) {
        return new Encoded(body, List.of());
    }
}
