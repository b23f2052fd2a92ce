// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.faults;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.ObjectName;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/** What no response may do, however much is broken: take away, or send empty, what is there all the time. */
final class Rules {
    private static final Set<ResourceType> ON_DEMAND_BY_NAME =
            Set.of(ResourceType.ENDPOINTS, ResourceType.ROUTE, ResourceType.SECRET);

    /** Addresses by Service that are there from now on. */
    private final Map<String, Set<String>> lasting = new ConcurrentHashMap<>();

    private final Queue<String> broken = new ConcurrentLinkedQueue<>();
    private final Queue<String> repeated = new ConcurrentLinkedQueue<>();

    /** From now on this Service has at least these endpoints. */
    void lasts(String service, String... addresses) {
        lasting.put(World.NAMESPACE + "/" + service, Set.of(addresses));
    }

    /** Rules that were broken. */
    List<String> broken() {
        return List.copyOf(broken);
    }

    /** Resources that were sent to a proxy in the version that it had. */
    List<String> repeated() {
        return List.copyOf(repeated);
    }

    void judge(ObjectName pod, DeltaDiscoveryResponse response, Possessions before)
            throws InvalidProtocolBufferException {
        var type = ResourceType.ofTypeUrl(response.getTypeUrl()).orElseThrow();
        for (var name : response.getRemovedResourcesList()) {
            if (isLasting(name)) {
                broken.add(pod + " lost " + type + " " + name);
            }
        }
        for (var resource : response.getResourcesList()) {
            if (before.find(type, resource.getName())
                    .filter(had -> had.getVersion().equals(resource.getVersion()))
                    .isPresent()) {
                repeated.add(pod + " got again " + type + " " + resource.getName());
            }
            if (type == ResourceType.ENDPOINTS) {
                judgeEndpoints(pod, resource);
            } else if (type == ResourceType.ROUTE) {
                judgeRoute(pod, resource, before);
            } else if (!ON_DEMAND_BY_NAME.contains(type) && !resource.hasResource()) {
                broken.add(pod + " got an empty " + type + " " + resource.getName());
            }
        }
    }

    private boolean isLasting(String name) {
        return lasting.keySet().stream().anyMatch(service -> name.equals(service) || name.startsWith(service + ":"))
                || name.equals("outbound")
                || name.equals("inbound")
                || name.equals("inbound|http1")
                || name.equals("passthrough")
                || name.equals("workload")
                || name.equals("trust");
    }

    private void judgeEndpoints(ObjectName pod, Resource resource) throws InvalidProtocolBufferException {
        var addresses = resource.getResource().unpack(ClusterLoadAssignment.class).getEndpointsList().stream()
                .flatMap(locality -> locality.getLbEndpointsList().stream())
                .map(endpoint ->
                        endpoint.getEndpoint().getAddress().getSocketAddress().getAddress())
                .collect(Collectors.toSet());
        lasting.forEach((service, always) -> {
            if (resource.getName().startsWith(service + ":") && !addresses.containsAll(always)) {
                broken.add(
                        "%s got %s with %s, without all of %s".formatted(pod, resource.getName(), addresses, always));
            }
        });
    }

    private void judgeRoute(ObjectName pod, Resource resource, Possessions before)
            throws InvalidProtocolBufferException {
        for (var host : resource.getResource().unpack(RouteConfiguration.class).getVirtualHostsList()) {
            for (var route : host.getRoutesList()) {
                var cluster = route.getRoute().getCluster();
                if (!cluster.isEmpty()
                        && before.find(ResourceType.CLUSTER, cluster).isEmpty()) {
                    broken.add("%s got route %s before cluster %s".formatted(pod, resource.getName(), cluster));
                }
            }
        }
    }
}
