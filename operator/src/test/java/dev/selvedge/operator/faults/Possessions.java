// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.faults;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.resource.ResourceType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a proxy has, and what it asks for because of it. Safe for concurrent use. */
final class Possessions {
    private static final List<ResourceType> WILDCARDS =
            List.of(ResourceType.CLUSTER, ResourceType.LISTENER, ResourceType.SCOPE);

    private final @Nullable Set<String> services;
    private final Map<ResourceType, Map<String, Resource>> resources = new EnumMap<>(ResourceType.class);
    private final Map<ResourceType, Set<String>> asked = new EnumMap<>(ResourceType.class);

    /** The endpoints' name by cluster, and the routes' name by scope. */
    private final Map<String, String> needs = new HashMap<>();

    /** @param services whose routes it asks for; null for all */
    Possessions(@Nullable Set<String> services) {
        this.services = services;
        for (var type : ResourceType.values()) {
            resources.put(type, new TreeMap<>());
            asked.put(type, new TreeSet<>());
        }
        asked(ResourceType.SECRET).addAll(List.of("workload", "trust"));
        if (services != null) {
            asked(ResourceType.ROUTE).addAll(services);
        }
    }

    private Map<String, Resource> of(ResourceType type) {
        return Objects.requireNonNull(resources.get(type));
    }

    private Set<String> asked(ResourceType type) {
        return Objects.requireNonNull(asked.get(type));
    }

    synchronized Optional<Resource> find(ResourceType type, String name) {
        return Optional.ofNullable(of(type).get(name));
    }

    /** Versions by name. */
    synchronized Map<String, String> versions(ResourceType type) {
        var versions = new TreeMap<String, String>();
        of(type).forEach((name, resource) -> versions.put(name, resource.getVersion()));
        return versions;
    }

    /** Whether everything that it asked for by name is there. */
    synchronized boolean complete() {
        return WILDCARDS.stream().noneMatch(type -> of(type).isEmpty())
                && asked.entrySet().stream()
                        .allMatch(entry -> of(entry.getKey()).keySet().containsAll(entry.getValue()));
    }

    /** The first requests of a stream. */
    synchronized List<DeltaDiscoveryRequest.Builder> opening() {
        var requests = new ArrayList<DeltaDiscoveryRequest.Builder>();
        for (var type : List.of(
                ResourceType.SECRET,
                ResourceType.CLUSTER,
                ResourceType.ENDPOINTS,
                ResourceType.LISTENER,
                ResourceType.SCOPE,
                ResourceType.ROUTE)) {
            if (WILDCARDS.contains(type) || !asked(type).isEmpty()) {
                requests.add(DeltaDiscoveryRequest.newBuilder()
                        .setTypeUrl(type.typeUrl())
                        .addAllResourceNamesSubscribe(asked(type))
                        .putAllInitialResourceVersions(versions(type)));
            }
        }
        return requests;
    }

    /** Takes a response in; what to answer, and what to ask for now. */
    synchronized List<DeltaDiscoveryRequest.Builder> take(DeltaDiscoveryResponse response)
            throws InvalidProtocolBufferException {
        var type = ResourceType.ofTypeUrl(response.getTypeUrl()).orElseThrow();
        var requests = new ArrayList<DeltaDiscoveryRequest.Builder>();
        requests.add(
                DeltaDiscoveryRequest.newBuilder().setTypeUrl(type.typeUrl()).setResponseNonce(response.getNonce()));
        var more = new TreeSet<String>();
        var less = new TreeSet<String>();
        var dependent = type == ResourceType.CLUSTER ? ResourceType.ENDPOINTS : ResourceType.ROUTE;
        for (var resource : response.getResourcesList()) {
            if (!WILDCARDS.contains(type) && !asked(type).contains(resource.getName())) {
                // On its way when the proxy left it.
                continue;
            }
            of(type).put(resource.getName(), resource);
            need(type, resource.getResource()).ifPresent(name -> {
                // An address may be another Service's by now.
                Optional.ofNullable(needs.put(resource.getName(), name)).ifPresent(less::add);
                if (asked(dependent).add(name)) {
                    more.add(name);
                }
            });
        }
        for (var name : response.getRemovedResourcesList()) {
            of(type).remove(name);
            if (type == ResourceType.CLUSTER || type == ResourceType.SCOPE) {
                Optional.ofNullable(needs.remove(name)).ifPresent(less::add);
            }
        }
        less.removeIf(name -> !leaves(dependent, name));
        if (!more.isEmpty() || !less.isEmpty()) {
            requests.add(DeltaDiscoveryRequest.newBuilder()
                    .setTypeUrl(dependent.typeUrl())
                    .addAllResourceNamesSubscribe(more)
                    .addAllResourceNamesUnsubscribe(less));
        }
        return requests;
    }

    /** Whether nothing needs it any more that it was asked for; it is not held then. */
    private boolean leaves(ResourceType type, String name) {
        if (needs.containsValue(name) || !asked(type).remove(name)) {
            return false;
        }
        of(type).remove(name);
        return true;
    }

    private Optional<String> need(ResourceType type, Any body) throws InvalidProtocolBufferException {
        if (type == ResourceType.CLUSTER) {
            var cluster = body.unpack(Cluster.class);
            if (cluster.getType() != Cluster.DiscoveryType.EDS) {
                return Optional.empty();
            }
            var name = cluster.getEdsClusterConfig().getServiceName();
            return Optional.of(name.isEmpty() ? cluster.getName() : name);
        }
        if (type == ResourceType.LISTENER) {
            return Optional.of(body.unpack(Listener.class).getName())
                    .filter(ResourceName.INBOUND::equals)
                    .map(_ -> ResourceName.INBOUND_MTLS);
        }
        return type == ResourceType.SCOPE && services == null
                ? Optional.of(body.unpack(ScopedRouteConfiguration.class).getRouteConfigurationName())
                : Optional.empty();
    }
}
