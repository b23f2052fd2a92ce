// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.compile;

import com.google.protobuf.Any;
import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.resource.Resource;
import dev.selvedge.compiler.resource.ResourceKey;
import io.envoyproxy.envoy.service.discovery.v3.Resource.Builder;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * A resource as it is served. One instance is shared by all the proxies that hold it, and with it the encoded form.
 *
 * @param wire the entry of a discovery response; null when the proxy holds this version already and nobody else can
 *     make it again (a certificate that another replica issued)
 */
public record Served(
        ResourceKey key,
        String version,
        io.envoyproxy.envoy.service.discovery.v3.@Nullable Resource wire,
        SortedSet<Origin> origins,
        List<ResourceKey> requires) {

    /** Wraps a compiled resource. */
    public static Served of(Resource resource) {
        return new Served(
                resource.key(),
                resource.version(),
                wire(resource.key(), resource.version(), resource.body()),
                resource.origins(),
                resource.requires());
    }

    /** A resource of our own making, which no user's object shapes. */
    public static Served of(ResourceKey key, String version, Any body) {
        return new Served(key, version, wire(key, version, body), Collections.emptySortedSet(), List.of());
    }

    /** A resource that the proxy holds from an earlier stream and that is still good. */
    public static Served heldElsewhere(ResourceKey key, String version) {
        return new Served(key, version, null, Collections.emptySortedSet(), List.of());
    }

    /** The same bytes, shaped by other objects or other generations. */
    Served shapedAs(Resource resource) {
        return new Served(resource.key(), version, wire, resource.origins(), resource.requires());
    }

    private static io.envoyproxy.envoy.service.discovery.v3.Resource wire(ResourceKey key, String version, Any body) {
        Builder builder = io.envoyproxy.envoy.service.discovery.v3.Resource.newBuilder();
        return builder.setName(key.name()).setVersion(version).setResource(body).build();
    }

    /** The entry of a discovery response; there must be one. */
    public io.envoyproxy.envoy.service.discovery.v3.Resource body() {
        return Objects.requireNonNull(wire, "a resource that cannot be made again was to be sent");
    }

    /** Without the body: it may be a private key. */
    @Override
    public String toString() {
        return key.type() + " " + key.name() + "@" + version;
    }
}
