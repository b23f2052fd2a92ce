// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toMap;

import dev.selvedge.compiler.model.EndpointsView;
import dev.selvedge.compiler.model.EndpointsView.Endpoint;
import dev.selvedge.compiler.model.EndpointsView.ZoneUse;
import dev.selvedge.compiler.snapshot.LoadBalancing.Locality;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** The endpoints of a pool as a client in some zone uses them. */
public final class Localities {
    private static final Locality ANY = new Locality(Locality.Mode.ANY, List.of(), List.of());
    private static final Locality PREFER_ZONE = new Locality(Locality.Mode.PREFER_ZONE, List.of(), List.of());

    private Localities() {}

    /** What a policy says; else what the Service itself does. */
    public static Locality inForce(Reads reads, ServiceTraffic traffic, ObjectName service) {
        return traffic.upstream()
                .loadBalancing()
                .locality()
                .orElseGet(() ->
                        reads.service(service).filter(Service::prefersZone).isPresent() ? PREFER_ZONE : ANY);
    }

    /** @param zone of the client, empty when it is not known */
    public static EndpointsView seenFrom(Reads reads, Locality locality, EndpointsView view, String zone) {
        return switch (locality.mode()) {
            case ANY -> view;
            case PREFER_ZONE -> zone.isEmpty() ? view : view.with(tiers(reads, view, locality.failover(), zone));
            case WEIGHTED -> view.with(weights(view, locality, zone));
        };
    }

    /** The zone of the client, the zones that are named, its region, all others. */
    private static Map<String, ZoneUse> tiers(Reads reads, EndpointsView view, List<String> failover, String own) {
        var regions = Set.copyOf(reads.regions(own));
        int named = failover.size();
        return zones(view).keySet().stream().collect(toMap(zone -> zone, zone -> {
            if (zone.equals(own)) {
                return new ZoneUse(0, 0);
            }
            var position = IntStream.range(0, named)
                    .filter(i -> failover.get(i).equals(zone))
                    .findFirst();
            if (position.isPresent()) {
                return new ZoneUse(1 + position.getAsInt(), 0);
            }
            boolean near = reads.regions(zone).stream().anyMatch(regions::contains);
            return new ZoneUse(near ? 1 + named : 2 + named, 0);
        }));
    }

    /** A zone that the client's zone does not name comes when those have failed; nothing is named without a rule. */
    private static Map<String, ZoneUse> weights(EndpointsView view, Locality locality, String own) {
        var counts = zones(view);
        var wanted = locality.weights().stream()
                .filter(it -> it.from().equals(own))
                .findFirst()
                .map(Locality.Weights::to)
                .orElse(Map.of());
        return counts.entrySet().stream().collect(toMap(Map.Entry::getKey, entry -> {
            int weight = wanted.getOrDefault(entry.getKey(), 0);
            return weight > 0
                    ? new ZoneUse(0, weight)
                    : new ZoneUse(wanted.isEmpty() ? 0 : 1, entry.getValue().intValue());
        }));
    }

    private static Map<String, Long> zones(EndpointsView view) {
        return view.endpoints().stream().collect(groupingBy(Endpoint::zone, counting()));
    }
}
