// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static java.util.function.Predicate.not;

import dev.selvedge.compiler.model.Callers;
import dev.selvedge.compiler.model.Callers.Extent;
import dev.selvedge.compiler.model.WorkloadView.PortRules;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Operation;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Rule;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Source;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Who may call a Service: what the proxies of its pods let through, told without any call. */
public final class ServiceCallers {
    /**
     * What guards the way to a pod.
     *
     * @param ports of the pod that the Service leads to
     */
    private record Guard(Mesh.AuthorizationDefault otherwise, WorkloadViews.Rules rules, SortedSet<Integer> ports) {}

    private ServiceCallers() {}

    /** Empty for a Service that does not exist, is outside of the mesh, or has no pods yet that its ports lead to. */
    public static Optional<Callers> of(Reads reads, ObjectName name) {
        return reads.mesh()
                .filter(_ -> Membership.isMember(reads, name.namespace()))
                .flatMap(mesh -> reads.service(name).flatMap(service -> of(reads, mesh, service)));
    }

    private static Optional<Callers> of(Reads reads, Mesh mesh, Service service) {
        var pods = reads.endpointSlices(service.name()).stream()
                .flatMap(slice -> slice.pods().stream())
                .distinct()
                .flatMap(pod -> reads.pod(pod).stream())
                .toList();
        // Most pods of a Service have the same.
        var guards = pods.stream()
                .flatMap(pod -> guard(reads, mesh, service, pod).stream())
                .collect(Collectors.toSet());
        return guards.isEmpty() ? Optional.empty() : Optional.of(callers(guards));
    }

    private static Optional<Guard> guard(Reads reads, Mesh mesh, Service service, Pod pod) {
        if (!(TargetPorts.of(reads, service, pod).orElse(null) instanceof TargetPorts.OfService ports)) {
            return Optional.empty();
        }
        // Without a proxy nobody asks.
        return Optional.of(
                Membership.serverIdentity(reads, pod).isPresent()
                        ? new Guard(mesh.authorization(), WorkloadViews.rules(reads, pod), ports.ofPod())
                        : new Guard(Mesh.AuthorizationDefault.ALLOW, WorkloadViews.Rules.NONE, ports.ofPod()));
    }

    private static Callers callers(Set<Guard> guards) {
        var others = extent(guards, Callers.EVERYBODY);
        var named = new TreeMap<ObjectName, Extent>();
        var mentioned = guards.stream()
                .flatMap(guard -> guard.rules().all())
                .flatMap(rules -> rules.rules().stream())
                .flatMap(rule -> rule.from().stream())
                .flatMap(ServiceCallers::named)
                .collect(Collectors.toSet());
        mentioned.stream()
                .filter(Callers::isNamespace)
                .forEach(namespace -> put(named, namespace, extent(guards, namespace), others));
        mentioned.stream().filter(not(Callers::isNamespace)).forEach(account -> {
            var rest = named.getOrDefault(Callers.anyOf(account.namespace()), others);
            put(named, account, extent(guards, account), rest);
        });
        return new Callers(others, named);
    }

    private static void put(Map<ObjectName, Extent> named, ObjectName caller, Extent extent, Extent general) {
        if (extent != general) {
            named.put(caller, extent);
        }
    }

    private static Stream<ObjectName> named(Source source) {
        return source.serviceAccounts().isEmpty()
                ? source.namespaces().stream().map(Callers::anyOf)
                : source.serviceAccounts().stream();
    }

    private static Extent extent(Set<Guard> guards, ObjectName caller) {
        return guards.stream()
                .flatMap(guard -> guard.ports().stream().map(port -> at(guard, port, caller)))
                .reduce(Extent::and)
                .orElseThrow();
    }

    private static Extent at(Guard guard, int port, ObjectName caller) {
        var denied = most(speaking(guard.rules().deny(), port), rules -> matched(rules, port, caller));
        if (denied == Extent.ALWAYS) {
            return Extent.NEVER;
        }
        var allow = speaking(guard.rules().allow(), port);
        var allowed = allow.isEmpty()
                ? guard.otherwise() == Mesh.AuthorizationDefault.ALLOW ? Extent.ALWAYS : Extent.NEVER
                : most(allow, rules -> matched(rules, port, caller));
        return allowed == Extent.ALWAYS && denied == Extent.SOMETIMES ? Extent.SOMETIMES : allowed;
    }

    private static List<PortRules> speaking(List<PortRules> all, int port) {
        return all.stream()
                .filter(rules -> rules.ports().isEmpty() || rules.ports().contains(port))
                .toList();
    }

    private static Extent matched(PortRules rules, int port, ObjectName caller) {
        return most(rules.rules(), rule -> matched(rule, port, caller));
    }

    private static Extent matched(Rule rule, int port, ObjectName caller) {
        var from = rule.from().isEmpty() ? Extent.ALWAYS : most(rule.from(), source -> matched(source, caller));
        var to = rule.to().isEmpty() ? Extent.ALWAYS : most(rule.to(), operation -> matched(operation, port));
        return from.compareTo(to) <= 0 ? from : to;
    }

    private static Extent matched(Source source, ObjectName caller) {
        boolean matches =
                (source.serviceAccounts().isEmpty() || source.serviceAccounts().contains(caller))
                        && (source.namespaces().isEmpty() || source.namespaces().contains(caller.namespace()));
        return extent(matches, source.ipBlocks().isEmpty());
    }

    private static Extent matched(Operation operation, int port) {
        return extent(
                operation.ports().isEmpty() || operation.ports().contains(port),
                operation.methods().isEmpty() && operation.paths().isEmpty());
    }

    private static Extent extent(boolean matches, boolean wholly) {
        return !matches ? Extent.NEVER : wholly ? Extent.ALWAYS : Extent.SOMETIMES;
    }

    private static <T> Extent most(List<T> alternatives, Function<T, Extent> extent) {
        return alternatives.stream().map(extent).max(Comparator.naturalOrder()).orElse(Extent.NEVER);
    }

    /** The Services of the mesh. */
    public static SortedSet<ObjectName> services(Reads reads) {
        var members = new TreeMap<String, Boolean>();
        return reads.serviceNames().stream()
                .filter(name ->
                        members.computeIfAbsent(name.namespace(), namespace -> Membership.isMember(reads, namespace)))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
