// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.compile;

import dev.selvedge.compiler.Compilation;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.model.Callers;
import dev.selvedge.compiler.model.EffectiveService;
import dev.selvedge.compiler.model.EffectiveWorkload;
import dev.selvedge.compiler.model.Identity;
import dev.selvedge.compiler.model.Reached;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.resource.Context;
import dev.selvedge.compiler.resource.Resource;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.TrustDomains;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A mesh whose resources a test sets itself. Every pod with a proxy is a member, and every listed type lists all that is
 * there, but for clusters with a slash or a bar in their name, which are fetched by name.
 */
public final class StubCompilation implements Compilation {
    private static final Context SHARED = new Context.Shared();

    private final Map<ResourceKey, Resource> resources = new HashMap<>();
    private final Map<ObjectRef, Outcome> outcomes = new HashMap<>();
    private final Map<ObjectName, Pod> pods = new HashMap<>();
    private final Set<ResourceKey> asked = new HashSet<>();
    private final Map<ResourceType, SortedSet<String>> listings = new HashMap<>();
    private Set<ResourceKey> dirty = new HashSet<>();
    private Set<ResourceType> relisted = new HashSet<>();
    private Set<ObjectRef> judged = new HashSet<>();
    private boolean meshGone;

    /** To be called by way of {@link CompileLoop#read}; takes effect with the next change that is submitted. */
    public synchronized void put(Resource resource) {
        if (resources.put(resource.key(), resource) == null) {
            relisted.add(resource.key().type());
        }
        dirty.add(resource.key());
    }

    public synchronized void remove(ResourceKey key) {
        resources.remove(key);
        dirty.add(key);
        relisted.add(key.type());
    }

    public synchronized void outcome(Outcome outcome) {
        outcomes.put(outcome.object(), outcome);
        judged.add(outcome.object());
    }

    public synchronized void meshGone(boolean gone) {
        meshGone = gone;
        resources.keySet().forEach(key -> relisted.add(key.type()));
    }

    public synchronized Set<ResourceKey> asked() {
        return Set.copyOf(asked);
    }

    @Override
    public synchronized Changed apply(Collection<? extends Change> changes) {
        for (var change : changes) {
            switch (change) {
                case Change.Put(Pod pod) -> pods.put(pod.name(), pod);
                case Change.Put _ -> {}
                case Change.Remove(var ref) -> pods.remove(ref.name());
            }
        }
        dirty.retainAll(asked);
        var changed = new Changed(dirty, relisted, judged);
        dirty = new HashSet<>();
        relisted = new HashSet<>();
        judged = new HashSet<>();
        return changed;
    }

    @Override
    public synchronized Optional<Resource> resource(ResourceKey key) {
        asked.add(key);
        return Optional.ofNullable(meshGone ? null : resources.get(key));
    }

    @Override
    public synchronized SortedSet<String> listing(ResourceType type, ObjectName pod) {
        SortedSet<String> names = new TreeSet<>();
        if (!meshGone) {
            resources.keySet().stream()
                    .filter(key -> key.type() == type)
                    .map(ResourceKey::name)
                    .filter(name -> type != ResourceType.CLUSTER || !(name.contains("/") || name.contains("|")))
                    .forEach(names::add);
        }
        // As the compiler does: the same set as long as it is equal.
        return listings.merge(type, names, (before, now) -> before.equals(now) ? before : now);
    }

    @Override
    public Function<String, ResourceKey> keys(ResourceType type, ObjectName pod) {
        return name -> new ResourceKey(type, name, SHARED);
    }

    @Override
    public synchronized void release(ResourceKey key) {
        asked.remove(key);
    }

    @Override
    public synchronized Optional<Outcome> outcome(ObjectRef object) {
        return Optional.ofNullable(outcomes.get(object));
    }

    @Override
    public synchronized Optional<Pod> pod(ObjectName name) {
        return Optional.ofNullable(pods.get(name));
    }

    @Override
    public synchronized Optional<Identity> identity(ObjectName pod) {
        return meshGone
                ? Optional.empty()
                : pod(pod).map(known -> new Identity(
                        TrustDomains.of("cluster.local"), new ObjectName(pod.namespace(), known.serviceAccount())));
    }

    @Override
    public SortedSet<ObjectName> services() {
        return Collections.emptySortedSet();
    }

    @Override
    public Optional<Callers> callers(ObjectName service) {
        return Optional.empty();
    }

    /** Every Service exists. */
    @Override
    public Optional<EffectiveService> effective(ObjectName service) {
        return Optional.empty();
    }

    @Override
    public Optional<EffectiveWorkload> effectiveAtPod(ObjectName pod) {
        return Optional.empty();
    }

    /** A cluster for connections that are not HTTP is named after the Service too, here. */
    @Override
    public Optional<Reached> behind(String cluster) {
        var http = !cluster.startsWith(ResourceName.TCP);
        return ClusterName.parse(http ? cluster : cluster.substring(ResourceName.TCP.length()))
                .map(name -> new Reached(name.service(), name.port(), http));
    }

    /** Nothing is declared. */
    @Override
    public boolean isDetected(ObjectName service, int port) {
        return true;
    }
}
