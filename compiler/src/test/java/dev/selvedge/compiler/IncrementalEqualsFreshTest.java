// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import static net.jqwik.api.Arbitraries.frequencyOf;
import static net.jqwik.api.Arbitraries.of;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.Compilation.Changed;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.model.Identity;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.model.SocketAddress;
import dev.selvedge.compiler.resource.Context;
import dev.selvedge.compiler.resource.Resource;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.Clients;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Whatever happens in whatever order, what is kept current is what a compiler that starts from nothing would make. */
final class IncrementalEqualsFreshTest {
    /** Pods that always exist, one for each audience of a listing. */
    private static final List<Pod> AUDIENCES = Stream.concat(
                    Stream.of(audience("sidecar", new Pod.Proxy.Sidecar())),
                    SmallWorld.NAMESPACES.stream()
                            .map(namespace -> audience(
                                    "gateway-" + namespace,
                                    new Pod.Proxy.GatewayProxy(new ObjectName(namespace, "x")))))
            .toList();

    private static final List<ResourceKey> KEYS =
            Stream.concat(keys(), SmallOutside.keys()).distinct().toList();

    /** One step of a history. */
    sealed interface Step {
        record Batch(List<Change> changes) implements Step {}

        record Ask(ResourceKey key) implements Step {}

        record Release(ResourceKey key) implements Step {}
    }

    @Property(tries = 300)
    void incremental_equals_fresh(@ForAll("histories") List<Step> history) {
        var compiler = new IncrementalCompiler();
        var asked = new LinkedHashSet<ResourceKey>();
        var objects = new HashMap<ObjectRef, SnapshotObject>();
        Stream.concat(WellOrdered.objects().stream(), AUDIENCES.stream())
                .forEach(object -> objects.put(object.ref(), object));
        compiler.apply(puts(objects));
        var before = State.of(compiler, asked, objects);

        for (var step : history) {
            switch (step) {
                case Step.Ask(var key) -> {
                    asked.add(key);
                    before = State.of(compiler, asked, objects);
                }
                case Step.Release(var key) -> {
                    compiler.release(key);
                    asked.remove(key);
                    before = State.of(compiler, asked, objects);
                }
                case Step.Batch(var changes) -> {
                    var changed = compiler.apply(changes);
                    changes.forEach(change -> happen(change, objects));

                    var after = State.of(compiler, asked, objects);
                    assertThat(after).isEqualTo(State.of(fresh(objects), asked, objects));
                    assertThat(changed).isEqualTo(before.changedTo(after));
                    assertThat(before.newIdentities(after)).isSubsetOf(mayChangeIdentity(changes, objects));
                    before = after;
                }
            }
        }
    }

    @Provide
    Arbitrary<List<Step>> histories() {
        var put = SmallWorld.objects().<Change>map(Change.Put::new);
        var remove = SmallWorld.objects().<Change>map(object -> new Change.Remove(object.ref()));
        var change = frequencyOf(Tuple.of(5, put), Tuple.of(1, remove));
        var key = of(KEYS);
        Arbitrary<Step> step = frequencyOf(
                Tuple.of(4, change.list().ofMinSize(1).ofMaxSize(6).map(Step.Batch::new)),
                Tuple.of(2, key.map(Step.Ask::new)),
                Tuple.of(1, key.map(Step.Release::new)));
        var asked = key.<Step>map(Step.Ask::new).list().ofMaxSize(30);
        return Combinators.combine(asked, step.list().ofMaxSize(25))
                .as((first, then) ->
                        Stream.concat(first.stream(), then.stream()).toList());
    }

    private static void happen(Change change, Map<ObjectRef, SnapshotObject> objects) {
        switch (change) {
            case Change.Put(var object) -> objects.put(object.ref(), object);
            case Change.Remove(var ref) -> objects.remove(ref);
        }
    }

    /** Names of pods. */
    private static Set<ObjectName> mayChangeIdentity(List<Change> changes, Map<ObjectRef, SnapshotObject> objects) {
        var touched = changes.stream().map(Change::ref).collect(Collectors.toSet());
        var all = touched.stream().map(ObjectRef::kind).anyMatch(Compilation.IDENTITY_FROM::contains);
        return Stream.concat(touched.stream(), all ? objects.keySet().stream() : Stream.of())
                .filter(ref -> ref.kind() == Kind.POD)
                .map(ObjectRef::name)
                .collect(Collectors.toSet());
    }

    private static IncrementalCompiler fresh(Map<ObjectRef, SnapshotObject> objects) {
        var fresh = new IncrementalCompiler();
        fresh.apply(puts(objects));
        return fresh;
    }

    private static List<Change> puts(Map<ObjectRef, SnapshotObject> objects) {
        return objects.values().stream().<Change>map(Change.Put::new).toList();
    }

    /** All that a compilation answers. */
    private record State(
            Map<ResourceKey, Optional<Resource>> resources,
            Map<ResourceType, List<SortedSet<String>>> listings,
            Map<ObjectRef, Outcome> outcomes,
            Map<ObjectName, Optional<Identity>> identities) {
        static State of(Compilation compilation, Set<ResourceKey> asked, Map<ObjectRef, SnapshotObject> objects) {
            return new State(
                    byEach(asked.stream(), compilation::resource),
                    byEach(Stream.of(ResourceType.values()), type -> AUDIENCES.stream()
                            .map(pod -> compilation.listing(type, pod.name()))
                            .toList()),
                    objects.keySet().stream()
                            .flatMap(ref -> compilation.outcome(ref).stream())
                            .collect(Collectors.toMap(Outcome::object, outcome -> outcome)),
                    byEach(
                            objects.keySet().stream()
                                    .filter(ref -> ref.kind() == Kind.POD)
                                    .map(ObjectRef::name),
                            compilation::identity));
        }

        Changed changedTo(State after) {
            return new Changed(
                    different(resources, after.resources),
                    different(listings, after.listings),
                    different(outcomes, after.outcomes));
        }

        Set<ObjectName> newIdentities(State after) {
            return different(identities, after.identities);
        }

        private static <K, V> Map<K, V> byEach(Stream<K> keys, Function<K, V> value) {
            return keys.collect(Collectors.toMap(key -> key, value));
        }

        private static <K, V> Set<K> different(Map<K, V> before, Map<K, V> after) {
            var keys = new HashSet<>(before.keySet());
            keys.addAll(after.keySet());
            keys.removeIf(key -> before.containsKey(key) && before.get(key).equals(after.get(key)));
            return keys;
        }
    }

    private static Stream<ResourceKey> keys() {
        var keys = new ArrayList<ResourceKey>();
        for (var namespace : SmallWorld.NAMESPACES) {
            for (var service : SmallWorld.SERVICES) {
                for (var port : SmallWorld.PORTS) {
                    var name = new ObjectName(namespace, service);
                    keys.add(shared(ResourceType.ROUTE, ResourceName.route(name, port)));
                    SmallWorld.NAMESPACES.stream()
                            .map(Optional::of)
                            .flatMap(client ->
                                    Stream.of(new Clients(client, List.of()), new Clients(client, SmallWorld.SOURCES)))
                            .forEach(clients -> keys.add(new ResourceKey(
                                    ResourceType.ROUTE,
                                    ResourceName.route(name, port),
                                    new Context.OfClients(clients))));
                    keys.add(new ResourceKey(
                            ResourceType.ROUTE,
                            ResourceName.route(name, port),
                            new Context.OfClients(
                                    new Clients(Optional.empty(), List.of(SmallWorld.SOURCES.getFirst())))));
                    Stream.concat(
                                    Stream.of(Optional.<String>empty()),
                                    SmallWorld.VERSIONS.stream().map(Optional::of))
                            .map(subset -> new ClusterName(name, port, subset).toString())
                            .forEach(cluster -> {
                                keys.add(shared(ResourceType.CLUSTER, cluster));
                                keys.add(shared(ResourceType.ENDPOINTS, cluster));
                                SmallWorld.ZONES.forEach(zone -> keys.add(
                                        new ResourceKey(ResourceType.ENDPOINTS, cluster, new Context.InZone(zone))));
                            });
                }
            }
            for (var pod : SmallWorld.PODS) {
                var context = new Context.Workload(new ObjectName(namespace, pod));
                keys.add(new ResourceKey(ResourceType.LISTENER, ResourceName.INBOUND, context));
                keys.add(new ResourceKey(ResourceType.ROUTE, ResourceName.INBOUND_MTLS, context));
                keys.add(new ResourceKey(ResourceType.ROUTE, ResourceName.INBOUND_PLAINTEXT, context));
            }
            for (var gateway : SmallWorld.NAMES) {
                var name = new ObjectName(namespace, gateway);
                var context = new Context.OfGateway(name);
                for (var port : List.of(80, 8080)) {
                    keys.add(new ResourceKey(ResourceType.LISTENER, ResourceName.gatewayListener(port), context));
                    keys.add(new ResourceKey(ResourceType.ROUTE, ResourceName.gatewayRoute(name, port), context));
                }
            }
        }
        var addresses = Stream.of(SmallWorld.SERVICE_ADDRESSES, SmallWorld.POD_ADDRESSES, List.of("1.2.3.4"))
                .flatMap(List::stream)
                .flatMap(address -> SmallWorld.PORTS.stream().map(port -> new SocketAddress(address, port)))
                .toList();
        for (var address : addresses) {
            var tcp = ResourceName.tcpCluster(address.address(), address.port());
            keys.add(shared(ResourceType.CLUSTER, tcp));
            keys.add(shared(ResourceType.ENDPOINTS, tcp));
            keys.add(shared(ResourceType.SCOPE, address.toString()));
            keys.add(shared(ResourceType.LISTENER, ResourceName.opaqueListener(address.address(), address.port())));
        }
        keys.add(shared(ResourceType.LISTENER, ResourceName.OUTBOUND));
        keys.add(shared(ResourceType.LISTENER, ResourceName.portListener(80)));
        keys.add(shared(ResourceType.CLUSTER, ResourceName.PASSTHROUGH));
        keys.add(shared(ResourceType.CLUSTER, "no such name"));
        return keys.stream();
    }

    private static ResourceKey shared(ResourceType type, String name) {
        return new ResourceKey(type, name, new Context.Shared());
    }

    private static Pod audience(String name, Pod.Proxy proxy) {
        return new Pod(new ObjectName("audience", name), "uid", List.of(), Map.of(), "account", proxy);
    }
}
