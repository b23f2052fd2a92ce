// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.summingInt;

import dev.selvedge.api.Labels;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.Namespace;
import dev.selvedge.compiler.snapshot.Node;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.reconciler.injection.MeshMembers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Who belongs to the mesh, kept from the same changes that feed the compiler. It holds the snapshot's own records, so
 * that it costs little beside it.
 */
public final class Membership implements Consumer<List<Change>> {
    private final Map<String, Namespace> namespaces = new HashMap<>();
    private final Map<ObjectName, Pod> pods = new HashMap<>();
    private final Set<ObjectName> gateways = new HashSet<>();
    private final Map<String, Node> nodes = new HashMap<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /**
     * @param namespaces that belong
     * @param trusting those that need the trust bundle: members, and where a Gateway of ours is
     * @param pods in member namespaces with a proxy
     * @param proxies as {@link Membership#proxies}
     * @param notInjected pods in member namespaces that should have a proxy and have none
     * @param zones of the cluster's nodes
     */
    public record Members(
            SortedSet<String> namespaces,
            SortedSet<String> trusting,
            int pods,
            Set<ObjectName> proxies,
            List<ObjectName> notInjected,
            List<Zone> zones) {
        public Members {
            proxies = Set.copyOf(proxies);
            notInjected = List.copyOf(notInjected);
            zones = List.copyOf(zones);
        }
    }

    /**
     * A zone as the nodes name it.
     *
     * @param name empty for nodes that name none
     * @param proxies pods with a proxy, of whatever namespace
     */
    public record Zone(String name, String region, int nodes, int proxies) {}

    @Override
    public void accept(List<Change> changes) {
        boolean relevant = false;
        synchronized (this) {
            for (var change : changes) {
                relevant |= switch (change) {
                    case Change.Put(var object) -> put(object);
                    case Change.Remove(var ref) -> remove(ref);
                };
            }
        }
        if (relevant) {
            listeners.forEach(Runnable::run);
        }
    }

    /** Is called when the answer may be another. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** All pods that have an address and a proxy, sidecars and gateways, of whatever namespace. */
    public synchronized Set<ObjectName> proxies() {
        return pods.values().stream()
                .filter(pod ->
                        !(pod.proxy() instanceof Pod.Proxy.None) && !pod.ips().isEmpty())
                .map(Pod::name)
                .collect(Collectors.toSet());
    }

    /** Counts afresh. */
    public synchronized Members of(MeshMembers selector) {
        var members = new TreeSet<String>();
        namespaces.values().stream()
                .filter(namespace -> selector.includes(namespace.name(), namespace.labels()))
                .forEach(namespace -> members.add(namespace.name()));
        var trusting = new TreeSet<>(members);
        gateways.forEach(gateway -> trusting.add(gateway.namespace()));
        int injected = 0;
        var missing = new ArrayList<ObjectName>();
        for (var pod : pods.values()) {
            if (members.contains(pod.name().namespace())) {
                if (!(pod.proxy() instanceof Pod.Proxy.None)) {
                    injected++;
                } else if (shouldHaveProxy(pod)) {
                    missing.add(pod.name());
                }
            }
        }
        missing.sort(null);
        return new Members(members, trusting, injected, proxies(), missing, zones());
    }

    private List<Zone> zones() {
        var proxies = pods.values().stream()
                .filter(pod -> !(pod.proxy() instanceof Pod.Proxy.None))
                .flatMap(pod -> pod.node().stream())
                .collect(Collectors.groupingBy(identity(), summingInt(_ -> 1)));
        return nodes.values().stream()
                .map(node -> new Zone(node.zone(), node.region(), 1, proxies.getOrDefault(node.name(), 0)))
                .collect(Collectors.toMap(
                        zone -> List.of(zone.name(), zone.region()),
                        identity(),
                        (a, b) -> new Zone(a.name(), a.region(), a.nodes() + b.nodes(), a.proxies() + b.proxies())))
                .values()
                .stream()
                .sorted(Comparator.comparing(Zone::name).thenComparing(Zone::region))
                .toList();
    }

    /** Pods without an address of their own (on the host's network, or not started) are left out. */
    private static boolean shouldHaveProxy(Pod pod) {
        return !pod.ips().isEmpty() && !"Disabled".equals(pod.labels().get(Labels.INJECT));
    }

    private boolean put(SnapshotObject object) {
        return switch (object) {
            case Namespace namespace -> !namespace.equals(namespaces.put(namespace.name(), namespace));
            case Pod pod -> {
                var before = pods.put(pod.name(), pod);
                yield before == null
                        || !before.proxy().equals(pod.proxy())
                        || shouldHaveProxy(before) != shouldHaveProxy(pod);
            }
            case Gateway gateway -> gateways.add(gateway.meta().name());
            // A younger Mesh may come into force.
            case dev.selvedge.compiler.snapshot.Mesh _ -> true;
            case Node node -> !node.equals(nodes.put(node.name(), node));
            case dev.selvedge.compiler.snapshot.Service _,
                    dev.selvedge.compiler.snapshot.EndpointSlice _,
                    dev.selvedge.compiler.snapshot.TrafficPolicy _,
                    dev.selvedge.compiler.snapshot.AuthorizationPolicy _,
                    dev.selvedge.compiler.snapshot.HttpRoute _,
                    dev.selvedge.compiler.snapshot.ReferenceGrant _,
                    dev.selvedge.compiler.snapshot.ExternalService _ -> false;
        };
    }

    private boolean remove(ObjectRef ref) {
        return switch (ref.kind()) {
            case NAMESPACE -> namespaces.remove(ref.name().name()) != null;
            case POD -> pods.remove(ref.name()) != null;
            case GATEWAY -> gateways.remove(ref.name());
            case MESH -> true;
            case NODE -> nodes.remove(ref.name().name()) != null;
            case SERVICE,
                    ENDPOINT_SLICE,
                    TRAFFIC_POLICY,
                    AUTHORIZATION_POLICY,
                    HTTP_ROUTE,
                    GRPC_ROUTE,
                    EXTERNAL_SERVICE,
                    REFERENCE_GRANT -> false;
        };
    }
}
