// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static java.util.function.Predicate.not;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.model.Identity;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.model.WorkloadView.PortRules;
import dev.selvedge.compiler.policy.AuthorizationPolicyRules;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Action;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Operation;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Rule;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Source;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Target;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Meta;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.Pod.Proxy;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What the sidecar of a pod enforces. What cannot be used denies: an Allow rule with a mistake matches nobody, a Deny
 * policy with one denies everything that it targets, a selector with one selects every pod of the namespace.
 */
public final class WorkloadViews {
    /** In whose name the proxies may ask who counts for rate limits. */
    private static final ObjectName COUNTER = new ObjectName("", "rate-limit-service");

    private WorkloadViews() {}

    /**
     * Empty when the pod does not exist, has no sidecar, or does not belong to the mesh.
     *
     * @param server what the TrafficPolicies of a Service have its pods' proxies do
     */
    public static Optional<WorkloadView> resolve(
            Reads reads, Function<ObjectName, ServerTraffic> server, ObjectName name) {
        return reads.mesh().flatMap(mesh -> reads.pod(name)
                .filter(pod -> pod.proxy() instanceof Proxy.Sidecar)
                .flatMap(pod -> Membership.identity(reads, pod)
                        .map(identity -> resolve(reads, mesh, pod, identity, PodTraffic.of(reads, server, pod)))));
    }

    private static WorkloadView resolve(Reads reads, Mesh mesh, Pod pod, Identity identity, PodTraffic traffic) {
        var rules = rules(reads, pod);
        var origins = new TreeSet<>(rules.origins());
        origins.add(new Origin(mesh.ref(), mesh.meta().generation()));
        return new WorkloadView(
                pod.name(),
                identity.spiffeId(),
                mesh.trustDomains(),
                mesh.mtls(),
                rules.deny(),
                rules.allow(),
                mesh.authorization(),
                traffic.ports(),
                origins,
                traffic.origins(),
                mesh.rateLimits());
    }

    /**
     * The rules for a pod.
     *
     * @param origins the policies that they are of
     */
    record Rules(List<PortRules> deny, List<PortRules> allow, SortedSet<Origin> origins) {
        static final Rules NONE = new Rules(List.of(), List.of(), Collections.emptySortedSet());

        Rules {
            deny = List.copyOf(deny);
            allow = List.copyOf(allow);
        }

        Stream<PortRules> all() {
            return Stream.concat(deny.stream(), allow.stream());
        }
    }

    /** What the policies say to the sidecar of a pod. */
    static Rules rules(Reads reads, Pod pod) {
        var deny = new ArrayList<PortRules>();
        var allow = new ArrayList<PortRules>();
        var origins = new TreeSet<Origin>();
        for (var policy : policies(reads, pod)) {
            var rules = policy.targets().stream()
                    .flatMap(target -> portRules(reads, pod, policy, target).stream())
                    .toList();
            switch (policy.action()) {
                case DENY -> deny.addAll(rules);
                case ALLOW -> allow.addAll(rules);
            }
            if (!rules.isEmpty()) {
                origins.add(new Origin(policy.ref(), policy.meta().generation()));
            }
        }
        counting(reads, pod)
                .filter(ports -> allow.stream().noneMatch(rules -> speaks(rules, ports)))
                .map(ports -> new PortRules(COUNTER, ports, List.of(new Rule("proxies", List.of(), List.of()))))
                .ifPresent(allow::add);
        return new Rules(deny, allow, origins);
    }

    /** The ports of a pod that counts for rate limits: every proxy may ask, also where the mesh denies by default. */
    private static Optional<SortedSet<Integer>> counting(Reads reads, Pod pod) {
        return reads.mesh()
                .filter(mesh -> mesh.authorization() == Mesh.AuthorizationDefault.DENY)
                .map(_ -> CountingPods.ports(reads, pod))
                .filter(not(SortedSet::isEmpty));
    }

    private static boolean speaks(PortRules rules, SortedSet<Integer> ports) {
        return rules.ports().isEmpty() || rules.ports().stream().anyMatch(ports::contains);
    }

    /** The policies that may speak of a pod, the oldest first: of its Services, and those that select pods. */
    private static List<AuthorizationPolicy> policies(Reads reads, Pod pod) {
        var namespace = pod.name().namespace();
        var services = Stream.concat(
                reads.backings(pod.name()).stream().map(EndpointSlice.Backing::service),
                reads.servicesSelecting(namespace, pod.labels()).stream().map(Service::name));
        return Stream.concat(
                        services.filter(service -> service.namespace().equals(namespace))
                                .flatMap(service -> reads.authorizationPolicies(service).stream()),
                        reads.podAuthorizationPolicies(namespace).stream())
                .distinct()
                .sorted(Comparator.comparing(AuthorizationPolicy::meta, Meta::byAge))
                .toList();
    }

    /** What a policy says to this pod by one of its targets; empty when that is not this pod. */
    private static Optional<PortRules> portRules(Reads reads, Pod pod, AuthorizationPolicy policy, Target target) {
        return ports(reads, pod, target)
                .map(ports -> new PortRules(
                        policy.meta().name(),
                        ports.ofPod(),
                        rules(policy).stream()
                                .flatMap(rule -> rule(policy, rule, ports).stream())
                                .toList()));
    }

    private static Optional<TargetPorts> ports(Reads reads, Pod pod, Target target) {
        return switch (target) {
            case Target.PodTarget(var selector) ->
                AuthorizationPolicyRules.isUsable(target) && !selector.matches(pod.labels())
                        ? Optional.empty()
                        : Optional.of(new TargetPorts.Own());
            case Target.ServiceTarget(var name) ->
                reads.service(new ObjectName(pod.name().namespace(), name))
                        .flatMap(service -> TargetPorts.of(reads, service, pod));
        };
    }

    /** The rules in force: those without a mistake, and for a Deny policy with a mistake one that matches every call. */
    private static List<Rule> rules(AuthorizationPolicy policy) {
        var usable = policy.rules().stream()
                .filter(AuthorizationPolicyRules::isUsable)
                .toList();
        var whole = usable.size() == policy.rules().size() && !usable.isEmpty();
        return policy.action() == Action.ALLOW || whole ? usable : List.of(new Rule("unusable", List.of(), List.of()));
    }

    /** The rule for this pod's ports; empty when it matches nothing there. */
    private static Optional<Rule> rule(AuthorizationPolicy policy, Rule rule, TargetPorts ports) {
        var from = rule.from().stream().map(source -> source(policy, source)).toList();
        return to(policy.action(), rule, ports).map(to -> new Rule(rule.name(), from, to));
    }

    /** Empty when the rule matches no operation; an empty list matches every one. */
    private static Optional<List<Operation>> to(Action action, Rule rule, TargetPorts ports) {
        if (rule.to().stream().allMatch(operation -> operation.ports().isEmpty())) {
            return Optional.of(rule.to());
        }
        return switch (ports) {
            case TargetPorts.Own() -> Optional.of(rule.to());
            case TargetPorts.OfService of ->
                nonEmpty(rule.to().stream()
                        .flatMap(operation -> atTargetPorts(operation, of).stream())
                        .toList());
            case TargetPorts.NotYetKnown() ->
                switch (action) {
                    case ALLOW ->
                        nonEmpty(rule.to().stream()
                                .filter(operation -> operation.ports().isEmpty())
                                .toList());
                    case DENY -> Optional.of(List.of());
                };
        };
    }

    private static Optional<Operation> atTargetPorts(Operation operation, TargetPorts.OfService service) {
        if (operation.ports().isEmpty()) {
            return Optional.of(operation);
        }
        return nonEmpty(operation.ports().stream()
                        .flatMap(port -> service.behind(port).stream())
                        .distinct()
                        .sorted()
                        .toList())
                .map(ports -> new Operation(ports, operation.methods(), operation.paths()));
    }

    private static <T> Optional<List<T>> nonEmpty(List<T> list) {
        return Optional.of(list).filter(not(List::isEmpty));
    }

    private static Source source(AuthorizationPolicy policy, Source source) {
        var accounts = source.serviceAccounts().stream()
                .map(account -> account.namespace().isEmpty()
                        ? new ObjectName(policy.meta().name().namespace(), account.name())
                        : account)
                .toList();
        return new Source(accounts, source.namespaces(), source.ipBlocks());
    }
}
