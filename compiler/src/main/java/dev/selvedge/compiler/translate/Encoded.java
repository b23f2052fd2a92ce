// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.selvedge.compiler.resource.ResourceKey;
import java.util.List;

/**
 * What a view became.
 *
 * @param requires resources that a proxy must hold before it gets this one (make before break): of routes and listeners
 *     the clusters they name, of a cluster with EDS its endpoints; each once
 * @param source of the resource, in what refers to it, where a proxy that is given another source needs the resource
 *     again; part of its version. Empty for most
 */
public record Encoded(Message body, List<ResourceKey> requires, ByteString source) {
    public Encoded {
        requires = requires.stream().distinct().toList();
    }

    public Encoded(Message body, List<ResourceKey> requires) {
        this(body, requires, ByteString.EMPTY);
    }

    /** A body that needs nothing else. */
    public static Encoded of(Message body) {
        return new Encoded(body, List.of());
    }
}
