// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.incremental.Memo;
import dev.selvedge.compiler.incremental.Query;
import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.model.Callers;
import dev.selvedge.compiler.model.EffectiveService;
import dev.selvedge.compiler.model.EffectiveWorkload;
import dev.selvedge.compiler.model.Identity;
import dev.selvedge.compiler.model.Reached;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.SocketAddress;
import dev.selvedge.compiler.resolve.EffectiveGuards;
import dev.selvedge.compiler.resolve.EffectiveServices;
import dev.selvedge.compiler.resolve.Membership;
import dev.selvedge.compiler.resolve.ServiceCallers;
import dev.selvedge.compiler.resource.Context;
import dev.selvedge.compiler.resource.Resource;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.ClientGroups;
import dev.selvedge.compiler.snapshot.Clients;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.Pod.Proxy;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.Function;

/** The compiler: a {@link Memo} of resources, listings and outcomes. */
public final class IncrementalCompiler implements Compilation {
    private final Memo memo = new Memo();

    @Override
    public Changed apply(Collection<? extends Change> changes) {
        // Outcomes need no asking: one is kept for every object of a user that is there.
        var touched = changes.stream()
                .map(Change::ref)
                .filter(ref -> ref.kind().isWrittenByUsers())
                .collect(toSet());
        touched.forEach(ref -> result(new Queries.OutcomeOf(ref)));
        var changed = changed(memo.apply(changes));
        touched.stream().filter(ref -> !memo.contains(ref)).forEach(ref -> memo.release(new Queries.OutcomeOf(ref)));
        return changed;
    }

    /** Empty when it never could be computed; see {@link #failures}. */
    private <V> Optional<V> result(Query<V> query) {
        try {
            return Optional.of(memo.retain(query));
        } catch (RuntimeException _) {
            return Optional.empty();
        }
    }

    @Override
    public Map<String, RuntimeException> failures() {
        return memo.failures().entrySet().stream()
                .collect(toMap(entry -> entry.getKey().toString(), Map.Entry::getValue));
    }

    private static Changed changed(Set<Query<?>> results) {
        var resources = new HashSet<ResourceKey>();
        var listings = new HashSet<ResourceType>();
        var outcomes = new HashSet<ObjectRef>();
        for (var query : results) {
            switch (query) {
                case ResourceQuery(var key) -> resources.add(key);
                case Listing(var type, var audience) -> listings.add(type);
                case Queries.OutcomeOf(var object) -> outcomes.add(object);
                default -> throw new IllegalStateException("retained by nobody: " + query);
            }
        }
        return new Changed(resources, listings, outcomes);
    }

    @Override
    public Optional<Resource> resource(ResourceKey key) {
        return result(new ResourceQuery(key)).flatMap(resource -> resource);
    }

    @Override
    public void release(ResourceKey key) {
        memo.release(new ResourceQuery(key));
    }

    @Override
    public SortedSet<String> listing(ResourceType type, ObjectName pod) {
        return pod(pod).flatMap(IncrementalCompiler::audience)
                .flatMap(audience -> result(new Listing(type, audience)))
                .orElseGet(Collections::emptySortedSet);
    }

    private static Optional<Context> audience(Pod pod) {
        return switch (pod.proxy()) {
            case Proxy.Sidecar() -> Optional.of(new Context.Shared());
            case Proxy.GatewayProxy(var gateway) -> Optional.of(new Context.OfGateway(gateway));
            case Proxy.None() -> Optional.empty();
        };
    }

    @Override
    public Function<String, ResourceKey> keys(ResourceType type, ObjectName pod) {
        var found = pod(pod);
        var gateway = found.flatMap(Pod::gateway).map(Context.OfGateway::new).orElse(null);
        var zone = type == ResourceType.ENDPOINTS ? zone(found) : Context.SHARED;
        return name -> new ResourceKey(
                type,
                name,
                switch (type) {
                    case LISTENER ->
                        gateway != null
                                ? gateway
                                : name.equals(ResourceName.INBOUND) ? new Context.Workload(pod) : Context.SHARED;
                    case ROUTE -> {
                        if (gateway != null && ResourceName.isGatewayRoute(name)) {
                            yield gateway;
                        }
                        if (gateway == null && ResourceName.isExternal(type, name)) {
                            yield new Context.OfNamespace(pod.namespace());
                        }
                        yield ResourceName.isInboundRoute(name) ? new Context.Workload(pod) : ofClients(name, found);
                    }
                    case CLUSTER ->
                        gateway == null && ResourceName.isExternal(type, name)
                                ? new Context.OfNamespace(pod.namespace())
                                : Context.SHARED;
                    case ENDPOINTS -> zone;
                    case SCOPE -> Context.SHARED;
                    case SECRET -> new Context.Workload(pod);
                });
    }

    private Context zone(Optional<Pod> pod) {
        return pod.flatMap(Pod::node)
                .flatMap(memo.reads()::zone)
                .<Context>map(Context.InZone::new)
                .orElse(Context.SHARED);
    }

    /** Nearly always shared: few Services tell their clients apart. */
    private Context ofClients(String route, Optional<Pod> pod) {
        var name = ServiceView.ClusterName.parse(route);
        if (name.isEmpty() || pod.isEmpty()) {
            return Context.SHARED;
        }
        var groups = groups(name.get().service());
        if (groups.isNone()) {
            return Context.SHARED;
        }
        var clients = groups.of(pod.get().name().namespace(), pod.get().labels());
        return clients.equals(Clients.ANY) ? Context.SHARED : new Context.OfClients(clients);
    }

    private ClientGroups groups(ObjectName service) {
        try {
            return memo.glance(new Queries.Groups(service));
        } catch (RuntimeException _) {
            return ClientGroups.NONE;
        }
    }

    @Override
    public Optional<Outcome> outcome(ObjectRef object) {
        return object.kind().isWrittenByUsers() && memo.contains(object)
                ? result(new Queries.OutcomeOf(object)).flatMap(outcome -> outcome)
                : Optional.empty();
    }

    @Override
    public Optional<Pod> pod(ObjectName name) {
        return memo.reads().pod(name);
    }

    @Override
    public Optional<Identity> identity(ObjectName pod) {
        return pod(pod).flatMap(found -> Membership.identity(memo.reads(), found));
    }

    @Override
    public SortedSet<ObjectName> services() {
        return ServiceCallers.services(memo.reads());
    }

    @Override
    public Optional<Callers> callers(ObjectName service) {
        return ServiceCallers.of(memo.reads(), service);
    }

    @Override
    public Optional<EffectiveService> effective(ObjectName service) {
        return EffectiveServices.of(
                memo.reads(),
                name -> memo.glance(new Queries.Traffic(name)),
                name -> memo.glance(new Queries.Server(name)),
                service);
    }

    @Override
    public Optional<EffectiveWorkload> effectiveAtPod(ObjectName pod) {
        return memo.reads().mesh().flatMap(mesh -> memo.glance(new Queries.Workload(pod))
                .map(view -> EffectiveGuards.of(mesh, view)));
    }

    @Override
    public Optional<Reached> behind(String cluster) {
        var reads = memo.reads();
        return cluster.startsWith(ResourceName.TCP)
                ? SocketAddress.parse(cluster.substring(ResourceName.TCP.length()))
                        .flatMap(address -> reads.serviceByAddress(address.address())
                                .map(service -> new Reached(service.name(), address.port(), false)))
                : ServiceView.ClusterName.parse(cluster)
                        .filter(name -> reads.service(name.service()).isPresent())
                        .map(name -> new Reached(name.service(), name.port(), true));
    }

    @Override
    public boolean isDetected(ObjectName service, int port) {
        return memo.reads().service(service).stream()
                .flatMap(found -> found.ports().stream())
                .filter(found -> found.port() == port)
                .anyMatch(found -> memo.glance(new Queries.Traffic(service)).protocol(found) == AppProtocol.DETECTED);
    }

    /** How many computations have been run: the work done so far. */
    public long computations() {
        return memo.computations();
    }

    /** How many results are kept. */
    int size() {
        return memo.size();
    }
}
