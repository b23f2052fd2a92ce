// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.resource.ResourceType;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A proxy that uses every service, as Envoy would subscribe, and counts what it gets. */
final class CostClient implements AutoCloseable {
    private static final String FENCE = "fence";
    private static final Set<String> STATIC = Set.of("passthrough", "blackhole", "inbound", "inbound|http1");

    private final XdsClient client;
    private final Map<ResourceType, Set<String>> asked = new EnumMap<>(ResourceType.class);

    CostClient(XdsFixture fixture, String token) throws IOException {
        client = XdsClient.of(fixture, token);
        client.subscribe(ResourceType.CLUSTER);
        client.subscribe(ResourceType.LISTENER);
        client.subscribe(ResourceType.SCOPE);
    }

    /** Takes everything that there is to get, and adds it to the sums. */
    void take(Map<ResourceType, DeliveryCost> sums) throws InterruptedException, IOException {
        var quiet = false;
        while (!quiet) {
            quiet = true;
            // Routes go out last; one that does not exist is answered with an empty one.
            client.subscribe(ResourceType.ROUTE, FENCE);
            for (var response = client.next(); ; response = client.next()) {
                client.ack(response);
                quiet &= !count(response, sums);
                follow(response);
                if (response.getResourcesList().stream().anyMatch(CostClient::isFence)) {
                    break;
                }
            }
        }
    }

    private static boolean isFence(Resource resource) {
        return resource.getName().equals(FENCE);
    }

    private static boolean count(DeltaDiscoveryResponse response, Map<ResourceType, DeliveryCost> sums) {
        var type = ResourceType.ofTypeUrl(response.getTypeUrl()).orElseThrow();
        var resources = response.getResourcesList().stream()
                .filter(resource -> !isFence(resource))
                .toList();
        var cost = new DeliveryCost(
                resources.size(),
                resources.stream().mapToInt(Resource::getSerializedSize).sum(),
                response.getRemovedResourcesCount());
        if (cost.equals(DeliveryCost.NONE)) {
            return false;
        }
        sums.merge(type, cost, DeliveryCost::plus);
        return true;
    }

    private void follow(DeltaDiscoveryResponse response) throws IOException {
        var type = ResourceType.ofTypeUrl(response.getTypeUrl()).orElseThrow();
        var names = new ArrayList<String>();
        for (var resource : response.getResourcesList()) {
            if (type == ResourceType.CLUSTER && !STATIC.contains(resource.getName())) {
                names.add(resource.getName());
            } else if (type == ResourceType.SCOPE) {
                names.add(resource.getResource()
                        .unpack(ScopedRouteConfiguration.class)
                        .getRouteConfigurationName());
            }
        }
        if (type == ResourceType.CLUSTER) {
            ask(ResourceType.ENDPOINTS, names);
        } else if (type == ResourceType.LISTENER) {
            ask(ResourceType.ROUTE, List.of(ResourceName.INBOUND_MTLS));
        } else if (type == ResourceType.SCOPE) {
            ask(ResourceType.ROUTE, names);
        }
    }

    private void ask(ResourceType type, List<String> names) {
        var known = asked.computeIfAbsent(type, _ -> new HashSet<>());
        var fresh = names.stream().filter(known::add).toArray(String[]::new);
        if (fresh.length > 0) {
            client.subscribe(type, fresh);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
