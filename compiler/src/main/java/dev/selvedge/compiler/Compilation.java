// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.model.Callers;
import dev.selvedge.compiler.model.EffectiveService;
import dev.selvedge.compiler.model.EffectiveWorkload;
import dev.selvedge.compiler.model.Identity;
import dev.selvedge.compiler.model.Reached;
import dev.selvedge.compiler.resolve.Membership;
import dev.selvedge.compiler.resource.Resource;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.Function;

/**
 * A mesh that is compiled on demand and stays compiled: what was asked for once is kept current by {@link #apply} until
 * it is released. Not safe for concurrent use; the caller serialises.
 */
public interface Compilation {
    /** Who a pod is can only change with the pod itself or with an object of these. */
    Set<Kind> IDENTITY_FROM = Membership.IDENTITY_FROM;

    /** Takes in events and says what of all that was asked for is different now. */
    Changed apply(Collection<? extends Change> changes);

    /** A resource, compiled now if it was not yet asked for; empty when there is none of that name. */
    Optional<Resource> resource(ResourceKey key);

    /**
     * What a wildcard subscription of this pod's proxy expands to. Listings exist for listeners, scopes, clusters. Empty
     * for a pod that is not known or carries no proxy of ours.
     */
    SortedSet<String> listing(ResourceType type, ObjectName pod);

    /** The key under which this pod's proxy finds a resource of that name. */
    default ResourceKey keyFor(ResourceType type, String name, ObjectName pod) {
        return keys(type, pod).apply(name);
    }

    /** The keys under which this pod's proxy finds resources, by their names. Good until something is applied. */
    Function<String, ResourceKey> keys(ResourceType type, ObjectName pod);

    /** Nobody holds this resource any more: it is not kept current until it is asked for again. */
    void release(ResourceKey key);

    /** What became of a user's object (Mesh, TrafficPolicy, AuthorizationPolicy, Gateway, HTTPRoute). */
    Optional<Outcome> outcome(ObjectRef object);

    /**
     * What could not be compiled when it was last tried, and why: each is a defect of the compiler, told by the name of
     * the computation. Nothing throws for it. What was compiled before stays as it was and is not reported as changed;
     * what never was is as if it did not exist.
     */
    default Map<String, RuntimeException> failures() {
        return Map.of();
    }

    /** The pod as last ingested. */
    Optional<Pod> pod(ObjectName name);

    /** Who a pod is; empty when the pod does not exist or its namespace is not a member. */
    Optional<Identity> identity(ObjectName pod);

    /** The Services of the mesh. */
    SortedSet<ObjectName> services();

    /** Who may call a Service; empty when it is outside of the mesh or has no pods. Computed afresh. */
    Optional<Callers> callers(ObjectName service);

    /**
     * All that is in force for a Service, and who decides each part; empty when it is outside of the mesh. Computed
     * afresh, and nothing is kept for it.
     */
    Optional<EffectiveService> effective(ObjectName service);

    /** All that the proxy of a pod enforces, and who decides each part; empty when it has none. Computed afresh. */
    Optional<EffectiveWorkload> effectiveAtPod(ObjectName pod);

    /** What is behind the name of a cluster that a sidecar or a gateway has; empty when it is not a Service. */
    Optional<Reached> behind(String cluster);

    /** Whether nobody has declared what a port of a Service speaks, so that the proxies detect it. */
    boolean isDetected(ObjectName service, int port);

    /**
     * @param resources asked-for resources whose value changed, came or went
     * @param listings types for which some pod's listing may have changed
     * @param outcomes objects whose outcome changed, came or went
     */
    record Changed(Set<ResourceKey> resources, Set<ResourceType> listings, Set<ObjectRef> outcomes) {
        public Changed {
            resources = Set.copyOf(resources);
            listings = Set.copyOf(listings);
            outcomes = Set.copyOf(outcomes);
        }
    }
}
