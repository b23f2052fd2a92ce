// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import dev.selvedge.compiler.snapshot.AuthorizationPolicy;
import dev.selvedge.compiler.snapshot.Fault;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.Release;
import dev.selvedge.compiler.snapshot.RouteActions;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that is in force for a Service of the mesh, and which object decides each part of it. What nobody sets is left out,
 * but for what has a default that depends on the mesh.
 *
 * @param addresses its cluster addresses
 * @param subsets the labels of each
 * @param authorization what its pods let through; one entry for all pods that have the same
 * @param overridden what other objects want, and do not get
 * @param unused what names this Service and has no effect
 */
public record EffectiveService(
        ObjectName service,
        List<String> addresses,
        Decided<Mesh.MtlsMode> mtls,
        SortedMap<String, Decided<Map<String, String>>> subsets,
        Optional<Decided<Release>> release,
        List<Port> ports,
        List<Guard> authorization,
        List<Overridden> overridden,
        List<Unused> unused) {
    public EffectiveService {
        addresses = List.copyOf(addresses);
        subsets = Collections.unmodifiableSortedMap(new TreeMap<>(subsets));
        ports = List.copyOf(ports);
        authorization = List.copyOf(authorization);
        overridden = List.copyOf(overridden);
        unused = List.copyOf(unused);
    }

    /**
     * @param routing one entry for all clients, and one for each namespace that has routes of its own; empty for a port
     *     that is passed through
     * @param connections how those that are not HTTP are divided; empty when they go to all pods
     * @param settings of the clients' proxies, by their names in a TrafficPolicy
     */
    public record Port(
            int port,
            Decided<AppProtocol> protocol,
            List<Routing> routing,
            List<Decided<TrafficPolicy.Backend>> connections,
            SortedMap<String, Decided<?>> settings,
            List<Decided<RateLimit>> rateLimits,
            List<Decided<Fault>> faults) {
        public Port {
            routing = List.copyOf(routing);
            connections = List.copyOf(connections);
            settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
            rateLimits = List.copyOf(rateLimits);
            faults = List.copyOf(faults);
        }
    }

    /**
     * @param clientsIn the namespace whose clients these routes are for; empty for all others
     * @param routes in order, the first match wins
     */
    public record Routing(Optional<String> clientsIn, List<Route> routes) {
        public Routing {
            routes = List.copyOf(routes);
        }
    }

    /**
     * @param by the rule that makes it
     * @param matches alternatives; empty means every request
     * @param actions empty when it only chooses
     * @param settings by their names in a TrafficPolicy
     */
    public record Route(
            String name,
            Decider by,
            List<TrafficPolicy.Match> matches,
            List<Decided<ServiceView.Backend>> backends,
            Optional<RouteActions> actions,
            List<ServiceView.Mirror> mirrors,
            SortedMap<String, Decided<?>> settings,
            List<Overridden> overridden) {
        public Route {
            matches = List.copyOf(matches);
            backends = List.copyOf(backends);
            mirrors = List.copyOf(mirrors);
            settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
            overridden = List.copyOf(overridden);
        }
    }

    /**
     * @param object what is not heard
     * @param by what is heard instead
     */
    public record Overridden(Decider.Of object, Decider by, Optional<String> clientsIn) {
        public Overridden(Decider.Of object, Decider by) {
            this(object, by, Optional.empty());
        }
    }

    public record Unused(Decider.Of object, String reason) {}

    /**
     * What some pods let through: who is denied is not allowed any more, who is allowed by none of the rules on a port for
     * which rules speak is refused, and {@code otherwise} holds on the other ports.
     *
     * @param pods how many they are
     * @param enforced whether they have a proxy that enforces it
     */
    public record Guard(
            int pods,
            boolean enforced,
            Decided<Mesh.AuthorizationDefault> otherwise,
            List<Rules> deny,
            List<Rules> allow) {
        public Guard {
            deny = List.copyOf(deny);
            allow = List.copyOf(allow);
        }
    }

    /**
     * @param ports of the pod; empty means all
     * @param rules none in an Allow allow nobody
     */
    public record Rules(
            Decider by, List<Integer> ports, @Tree.Always List<AuthorizationPolicy.Rule> rules) {
        public Rules {
            ports = List.copyOf(ports);
            rules = List.copyOf(rules);
        }
    }

    /** A field of a TrafficPolicy. */
    public static Decider.Of policy(ObjectName policy, String field) {
        return new Decider.Of(new ObjectRef(Kind.TRAFFIC_POLICY, policy), field);
    }
}
