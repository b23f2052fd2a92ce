// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;

import dev.selvedge.compiler.model.EndpointsView;
import dev.selvedge.compiler.model.EndpointsView.Endpoint;
import dev.selvedge.compiler.model.EndpointsView.ZoneUse;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Backend;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * How the connections to a Service that are not HTTP are divided among its pods. The endpoints say it, each part of them
 * with its share as zones do, and not the proxy's listener: so a change of weights is a small update for those who call
 * the Service, and no open connection ends with it.
 */
public final class ConnectionShares {
    private static final int ALL = 1_000_000;

    private ConnectionShares() {}

    /**
     * The endpoints with their shares. A pod may be in several subsets: pods that are in the same ones are a part, which
     * has of the share of each as much as it has of its pods. A subset without pods leaves its share to the others.
     *
     * @param members the endpoints of a subset, of all pods when none is named
     */
    public static EndpointsView of(
            ClusterName cluster, List<Backend> backends, Function<Optional<String>, List<Endpoint>> members) {
        var receiving = backends.stream().filter(it -> it.weight() > 0).toList();
        var pools = receiving.stream().map(it -> members.apply(it.subset())).toList();
        var memberships = new LinkedHashMap<Endpoint, List<Integer>>();
        for (int i = 0; i < pools.size(); i++) {
            for (var endpoint : pools.get(i)) {
                memberships.computeIfAbsent(endpoint, _ -> new ArrayList<>()).add(i);
            }
        }
        var shares = new LinkedHashMap<List<Integer>, Double>();
        memberships
                .values()
                .forEach(in -> shares.merge(
                        in,
                        in.stream()
                                .mapToDouble(i -> (double) receiving.get(i).weight()
                                        / pools.get(i).size())
                                .sum(),
                        Double::sum));
        var total = shares.values().stream().mapToDouble(share -> share).sum();
        return new EndpointsView(
                cluster,
                memberships.entrySet().stream()
                        .map(entry -> inPart(entry.getKey(), name(receiving, entry.getValue())))
                        .toList(),
                shares.entrySet().stream()
                        .collect(toMap(
                                entry -> name(receiving, entry.getKey()),
                                entry -> new ZoneUse(
                                        0, (int) Math.max(1, Math.round(ALL * entry.getValue() / total))))));
    }

    private static Endpoint inPart(Endpoint endpoint, String part) {
        return new Endpoint(endpoint.address(), endpoint.port(), endpoint.mtls(), endpoint.draining(), part);
    }

    private static String name(List<Backend> backends, List<Integer> part) {
        return part.stream()
                .map(i -> backends.get(i).subset().orElse("*"))
                .distinct()
                .collect(joining("+"));
    }
}
