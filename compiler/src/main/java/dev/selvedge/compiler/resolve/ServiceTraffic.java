// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static java.util.Objects.requireNonNullElse;
import static java.util.function.Predicate.not;
import static java.util.stream.Collectors.toMap;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.policy.Validation;
import dev.selvedge.compiler.policy.release.Versions;
import dev.selvedge.compiler.snapshot.CircuitBreaking;
import dev.selvedge.compiler.snapshot.Connections;
import dev.selvedge.compiler.snapshot.LoadBalancing;
import dev.selvedge.compiler.snapshot.LoadBalancing.HashKey;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Release;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrafficPolicy.PortProtocol;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Protocol;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Retries;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Route;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Subset;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Timeouts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What all TrafficPolicies together say of one Service. Each field is decided by the oldest policy that sets it; a younger
 * one that wants something else there has lost this field (GEP-713), the rest of it applies. Policies that are invalid, or
 * whose namespace does not belong to the mesh, have no say.
 *
 * @param protocols by port
 * @param subsets the labels of each subset
 * @param release where requests go that no route sends elsewhere
 * @param routes of all ports; empty when no policy has routes
 * @param origins the policies that decided something
 * @param losses by the policy that lost
 * @param deciders who decides each field that is set
 */
public record ServiceTraffic(
        Map<Integer, Protocol> protocols,
        Map<String, Map<String, String>> subsets,
        Optional<Release> release,
        List<Route> routes,
        Timeouts timeouts,
        Optional<Retries> retries,
        Upstream upstream,
        SortedSet<Origin> origins,
        Map<ObjectName, List<Loss>> losses,
        SortedMap<String, ObjectName> deciders) {

    /** A field that an older policy decides otherwise. */
    public record Loss(String field, ObjectName winner) {
        @Override
        public String toString() {
            return "TrafficPolicy " + winner + " decides " + field;
        }
    }

    public ServiceTraffic {
        protocols = Map.copyOf(protocols);
        subsets = Map.copyOf(subsets);
        routes = List.copyOf(routes);
        losses = Map.copyOf(losses);
    }

    /** Merges the policies that target a Service. */
    public static ServiceTraffic of(Reads reads, ObjectName service) {
        var merge = Merge.of(reads, service, _ -> true);
        var protocols = merge.each(port -> "spec.ports[" + port + "]", policy -> policy.ports().stream()
                .collect(toMap(PortProtocol::port, PortProtocol::protocol)));
        var subsets = merge.each(name -> "spec.subsets[" + name + "]", policy -> policy.subsets().stream()
                .collect(toMap(Subset::name, Subset::labels)));
        var release = merge.one("spec.release", TrafficPolicy::release);
        var routes =
                merge.one("spec.routes", policy -> Optional.of(policy.routes()).filter(not(List::isEmpty)));
        var timeouts = new Timeouts(
                merge.one("spec.timeouts.request", policy -> policy.timeouts().flatMap(Timeouts::request)),
                merge.one("spec.timeouts.perTry", policy -> policy.timeouts().flatMap(Timeouts::perTry)),
                merge.one("spec.timeouts.idle", policy -> policy.timeouts().flatMap(Timeouts::idle)),
                merge.in("spec.timeouts.stream", TrafficPolicy::timeouts, Timeouts::stream));
        var retries = merge.one("spec.retries", TrafficPolicy::retries);
        var upstream = new Upstream(
                loadBalancing(merge),
                circuitBreaking(merge),
                retries.flatMap(Retries::budget),
                merge.one("spec.healthCheck", TrafficPolicy::healthCheck),
                connections(merge));
        return new ServiceTraffic(
                protocols,
                subsets,
                release,
                routes.orElse(List.of()),
                timeouts,
                retries,
                upstream,
                merge.origins,
                merge.losses,
                merge.deciders);
    }

    private static LoadBalancing loadBalancing(Merge merge) {
        var choice = merge.one("spec.loadBalancing.algorithm", policy -> policy.loadBalancing()
                .flatMap(it -> it.algorithm().map(algorithm -> Map.entry(algorithm, it.hash()))));
        return new LoadBalancing(
                choice.map(Map.Entry::getKey),
                choice.map(Map.Entry::getValue).orElse(List.of()),
                merge.in("spec.loadBalancing.warmup", TrafficPolicy::loadBalancing, LoadBalancing::warmup),
                merge.in("spec.loadBalancing.panicPercent", TrafficPolicy::loadBalancing, LoadBalancing::panicPercent),
                merge.in("spec.loadBalancing.locality", TrafficPolicy::loadBalancing, LoadBalancing::locality));
    }

    private static CircuitBreaking circuitBreaking(Merge merge) {
        var field = "spec.circuitBreaking.";
        Function<TrafficPolicy, Optional<CircuitBreaking>> block = TrafficPolicy::circuitBreaking;
        return new CircuitBreaking(
                merge.in(field + "maxConnections", block, CircuitBreaking::maxConnections),
                merge.in(field + "maxPendingRequests", block, CircuitBreaking::maxPendingRequests),
                merge.in(field + "maxRequests", block, CircuitBreaking::maxRequests),
                merge.in(field + "outliers", block, CircuitBreaking::outliers));
    }

    private static Connections connections(Merge merge) {
        var field = "spec.connections.";
        Function<TrafficPolicy, Optional<Connections>> block = TrafficPolicy::connections;
        return new Connections(
                merge.in(field + "connectTimeout", block, Connections::connectTimeout),
                merge.in(field + "idle", block, Connections::idle),
                merge.in(field + "lifetime", block, Connections::lifetime),
                merge.in(field + "maxRequests", block, Connections::maxRequests),
                merge.in(field + "keepAlive", block, Connections::keepAlive),
                merge.in(field + "upgrade", block, Connections::upgrade));
    }

    /** Where a route's requests go; empty means to all pods. */
    List<TrafficPolicy.Backend> backends(Route route) {
        return route.backends().isEmpty() ? released() : route.backends();
    }

    /** Where requests go that no route sends elsewhere; empty means to all pods. */
    List<TrafficPolicy.Backend> released() {
        return release.map(Versions::of).orElse(List.of());
    }

    /** Where connections to a port go that are not HTTP; empty means to all pods. */
    public List<TrafficPolicy.Backend> connections(int port) {
        var backends = everything(port).map(this::backends).orElseGet(this::released).stream()
                .filter(backend -> backend.subset().stream().allMatch(subsets::containsKey))
                .toList();
        return backends.stream().allMatch(backend -> backend.subset().isEmpty()) ? List.of() : backends;
    }

    /** What a consistent choice goes by; empty when none is. Envoy has one hash for a request: a release comes first. */
    List<HashKey> hash() {
        return sticky().map(List::of).orElseGet(() -> upstream.loadBalancing().hash());
    }

    boolean isSticky() {
        return sticky().isPresent();
    }

    private Optional<HashKey> sticky() {
        return release.flatMap(it -> it instanceof Release.Canary canary ? canary.sticky() : Optional.empty());
    }

    /** What a port of the Service speaks. */
    public AppProtocol protocol(Service.Port port) {
        return AppProtocols.of(port, Optional.ofNullable(protocols.get(port.port())));
    }

    /** The routes of a port; when there are none, it is as if the policies had none. */
    List<Route> routes(int port) {
        return routes.stream().filter(route -> route.isFor(port)).toList();
    }

    /** The first route that takes every request to a port. */
    Optional<Route> everything(int port) {
        return routes(port).stream().filter(route -> route.matches().isEmpty()).findFirst();
    }

    private static boolean applies(Reads reads, TrafficPolicy policy) {
        return Membership.isMember(reads, policy.meta().name().namespace())
                && Validation.check(policy).isEmpty();
    }

    /** Decides field by field, and notes who decided and who lost. */
    static final class Merge {
        private final List<TrafficPolicy> oldestFirst;
        private final SortedSet<Origin> origins = new TreeSet<>();
        private final Map<ObjectName, List<Loss>> losses = new HashMap<>();
        private final SortedMap<String, ObjectName> deciders = new TreeMap<>();

        private Merge(List<TrafficPolicy> oldestFirst) {
            this.oldestFirst = oldestFirst;
        }

        /** Of the policies that target a Service, are of interest and can be used. */
        static Merge of(Reads reads, ObjectName service, Predicate<TrafficPolicy> ofInterest) {
            return new Merge(reads.trafficPolicies(service).stream()
                    .filter(ofInterest)
                    .filter(policy -> applies(reads, policy))
                    .toList());
        }

        SortedSet<Origin> origins() {
            return origins;
        }

        Map<ObjectName, List<Loss>> losses() {
            return losses;
        }

        SortedMap<String, ObjectName> deciders() {
            return deciders;
        }

        /** Fields of which a policy may set several, each decided by itself; those of the oldest policy first. */
        <K, V> Map<K, V> each(Function<K, String> field, Function<TrafficPolicy, Map<K, V>> settings) {
            var values = new LinkedHashMap<K, V>();
            var winners = new HashMap<K, ObjectName>();
            for (var policy : oldestFirst) {
                var name = policy.meta().name();
                settings.apply(policy).forEach((key, value) -> {
                    var winner = requireNonNullElse(winners.putIfAbsent(key, name), name);
                    values.putIfAbsent(key, value);
                    if (value.equals(values.get(key))) {
                        origins.add(new Origin(policy.ref(), policy.meta().generation()));
                    } else {
                        losses.computeIfAbsent(name, _ -> new ArrayList<>()).add(new Loss(field.apply(key), winner));
                    }
                });
            }
            winners.forEach((key, winner) -> deciders.put(field.apply(key), winner));
            return values;
        }

        /** A field of a block. */
        <B, V> Optional<V> in(
                String field, Function<TrafficPolicy, Optional<B>> block, Function<B, Optional<V>> setting) {
            return one(field, policy -> block.apply(policy).flatMap(setting));
        }

        <V> Optional<V> one(String field, Function<TrafficPolicy, Optional<V>> setting) {
            return each(_ -> field, policy -> setting.apply(policy)
                            .map(value -> Map.of(field, value))
                            .orElse(Map.of()))
                    .values()
                    .stream()
                    .findFirst();
        }
    }
}
