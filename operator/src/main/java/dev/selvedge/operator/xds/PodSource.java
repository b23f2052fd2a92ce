// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import com.google.protobuf.Any;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.operator.compile.CompileLoop;
import dev.selvedge.operator.compile.CompileLoop.Found;
import dev.selvedge.operator.compile.Listed;
import dev.selvedge.operator.compile.ListingChange;
import dev.selvedge.operator.compile.Served;
import dev.selvedge.operator.identity.WorkloadCertificates;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** The resources of one pod's proxy: compiled ones from the mesh, secrets from the issuer. */
final class PodSource implements Source {
    private static final String NO_ROUTE = "none";

    private final ObjectName pod;
    private final CompileLoop loop;
    private final WorkloadCertificates certificates;

    PodSource(ObjectName pod, CompileLoop loop, WorkloadCertificates certificates) {
        this.pod = pod;
        this.loop = loop;
        this.certificates = certificates;
    }

    /** Whether the pod is in the mesh. */
    boolean isMember() {
        return loop.read(compilation -> compilation.identity(pod)).isPresent();
    }

    /** A secret of the pod; what the proxy has is kept while it is good. */
    Optional<Served> secret(String name, @Nullable String held) {
        return loop.read(compilation -> compilation.identity(pod))
                .flatMap(identity -> certificates.secret(name, pod, identity, held, ownKey()));
    }

    private Optional<Duration> ownKey() {
        return loop.read(compilation -> compilation.pod(pod)).flatMap(Pod::ownKey);
    }

    @Override
    public SortedSet<String> listing(ResourceType type) {
        return loop.read(compilation -> compilation.listing(type, pod));
    }

    @Override
    public Optional<Listed> listed(ResourceType type) {
        return loop.acquireListed(type, pod);
    }

    @Override
    public ListingChange difference(SortedSet<String> before, SortedSet<String> after) {
        return loop.difference(before, after);
    }

    @Override
    public List<Found> acquire(ResourceType type, Collection<String> names, Map<String, String> held) {
        if (type == ResourceType.ROUTE) {
            return loop.acquire(type, names, pod).stream()
                    .map(PodSource::orNoRoute)
                    .toList();
        }
        if (type != ResourceType.SECRET) {
            return loop.acquire(type, names, pod);
        }
        return names.stream()
                .map(name -> new Found(
                        WorkloadCertificates.key(name, pod),
                        secret(name, held.get(name)).orElse(null)))
                .toList();
    }

    /**
     * A route that does not exist is answered with one that matches nothing: told that it is removed, Envoy 1.40 leaves
     * the request that asked for it on demand hanging.
     */
    private static Found orNoRoute(Found found) {
        return found.served() != null
                ? found
                : new Found(
                        found.key(),
                        Served.of(
                                found.key(),
                                NO_ROUTE,
                                Any.pack(RouteConfiguration.newBuilder()
                                        .setName(found.key().name())
                                        .build())));
    }

    @Override
    public void release(Collection<ResourceKey> keys) {
        var compiled =
                keys.stream().filter(key -> key.type() != ResourceType.SECRET).toList();
        if (!compiled.isEmpty()) {
            loop.release(compiled);
        }
    }

    @Override
    public void release(Listed listed) {
        loop.release(listed);
    }
}
