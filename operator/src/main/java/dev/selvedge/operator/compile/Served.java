// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.compile;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.resource.Resource;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.snapshot.ClientGroups;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * A resource as it is served. One instance is shared by all the proxies that hold it, and with it the encoded form.
 *
 * @param wire the bytes of this resource within a {@link DeltaDiscoveryResponse}: the field with its tag and length.
 *     Null when the proxy holds this version already and nobody else can make it again (a certificate that another
 *     replica issued)
 * @param groups by what the proxies that ask for this name are told apart
 */
public record Served(
        ResourceKey key,
        String version,
        @Nullable ByteString wire,
        SortedSet<Origin> origins,
        List<ResourceKey> requires,
        ClientGroups groups) {

    /** One that is the same for everybody who asks for its name. */
    public Served(
            ResourceKey key,
            String version,
            @Nullable ByteString wire,
            SortedSet<Origin> origins,
            List<ResourceKey> requires) {
        this(key, version, wire, origins, requires, ClientGroups.NONE);
    }

    /** Wraps a compiled resource. */
    public static Served of(Resource resource) {
        return new Served(
                resource.key(),
                resource.version(),
                wire(resource.key(), resource.version(), resource.body()),
                resource.origins(),
                resource.requires(),
                resource.groups());
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
        return new Served(resource.key(), version, wire, resource.origins(), resource.requires(), resource.groups());
    }

    private static ByteString wire(ResourceKey key, String version, Any body) {
        var resource = io.envoyproxy.envoy.service.discovery.v3.Resource.newBuilder()
                .setName(key.name())
                .setVersion(version)
                .setResource(body)
                .build();
        var bytes =
                new byte[CodedOutputStream.computeMessageSize(DeltaDiscoveryResponse.RESOURCES_FIELD_NUMBER, resource)];
        var out = CodedOutputStream.newInstance(bytes);
        try {
            out.writeMessage(DeltaDiscoveryResponse.RESOURCES_FIELD_NUMBER, resource);
            out.checkNoSpaceLeft();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ByteString.copyFrom(bytes);
    }

    /** How many bytes it adds to a response. */
    public int size() {
        return wire == null ? 0 : wire.size();
    }

    /** Without the body: it may be a private key. */
    @Override
    public String toString() {
        return key.type() + " " + key.name() + "@" + version;
    }
}
