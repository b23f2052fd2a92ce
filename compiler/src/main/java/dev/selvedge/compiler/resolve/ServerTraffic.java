// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.model.PortTraffic;
import dev.selvedge.compiler.model.PortTraffic.Injection;
import dev.selvedge.compiler.model.PortTraffic.Limit;
import dev.selvedge.compiler.resolve.ServiceTraffic.Loss;
import dev.selvedge.compiler.resolve.ServiceTraffic.Merge;
import dev.selvedge.compiler.snapshot.Fault;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What all TrafficPolicies together have the proxies of a Service's pods do. Rate limits and faults of several policies
 * add up, the oldest policy's first; of two with the same name the older policy's holds.
 *
 * @param ports by port of the Service, those that speak HTTP and have any
 * @param origins the policies that decided something, and those whose faults are over: that too must reach the proxies
 * @param losses by the policy that lost
 * @param deciders who decides each limit and fault
 */
public record ServerTraffic(
        SortedMap<Integer, PortTraffic> ports,
        SortedSet<Origin> origins,
        Map<ObjectName, List<Loss>> losses,
        SortedMap<String, ObjectName> deciders) {
    public ServerTraffic {
        losses = Map.copyOf(losses);
    }

    /** @param traffic what the same policies say of the Service's clients, and so of its protocols */
    public static ServerTraffic of(Reads reads, ServiceTraffic traffic, ObjectName name) {
        // The others have been checked for the Service's clients; here they would be once more for nothing.
        var merge = Merge.of(reads, name, TrafficPolicy::speaksToServers);
        var limits = merge.each(
                limit -> "spec.rateLimits[" + limit + "]",
                policy -> byName(
                        policy.rateLimits(), RateLimit::name, limit -> new Limit(full(policy, limit.name()), limit)));
        var faults = merge.each(
                fault -> "spec.faults[" + fault + "]",
                policy -> byName(
                        policy.faults(), Fault::name, fault -> new Injection(full(policy, fault.name()), fault)));
        var ports = new TreeMap<Integer, PortTraffic>();
        reads.service(name).ifPresent(service -> {
            for (var port : service.ports()) {
                var here = new PortTraffic(
                        limits.values().stream()
                                .filter(it -> speaksOf(it.limit().ports(), port))
                                .toList(),
                        faults.values().stream()
                                .filter(it -> !it.fault().expired())
                                .filter(it -> speaksOf(it.fault().ports(), port))
                                .toList());
                if (!here.isEmpty() && traffic.protocol(port) != AppProtocol.OPAQUE) {
                    ports.put(port.port(), here);
                }
            }
        });
        return new ServerTraffic(ports, merge.origins(), merge.losses(), merge.deciders());
    }

    private static boolean speaksOf(List<Integer> ports, Service.Port port) {
        return ports.isEmpty() || ports.contains(port.port());
    }

    private static String full(TrafficPolicy policy, String name) {
        return policy.meta().name() + "/" + name;
    }

    private static <T, V> Map<String, V> byName(List<T> items, Function<T, String> name, Function<T, V> value) {
        var map = new LinkedHashMap<String, V>();
        items.forEach(item -> map.put(name.apply(item), value.apply(item)));
        return map;
    }
}
