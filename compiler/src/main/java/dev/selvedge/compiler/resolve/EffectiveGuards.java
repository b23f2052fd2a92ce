// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static java.util.stream.Collectors.groupingBy;

import dev.selvedge.compiler.model.Decided;
import dev.selvedge.compiler.model.Decider;
import dev.selvedge.compiler.model.EffectiveService.Guard;
import dev.selvedge.compiler.model.EffectiveService.Rules;
import dev.selvedge.compiler.model.EffectiveWorkload;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.model.WorkloadView.PortRules;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What pods let through, with who decides it. */
public final class EffectiveGuards {
    private EffectiveGuards() {}

    /** All by which the rules for one pod of a Service can differ from those for another. */
    private record Alike(boolean enforced, Map<String, String> labels, Set<EndpointSlice.Backing> backings) {}

    /** Of the pods behind a Service, those that have the same together. */
    static List<Guard> of(Reads reads, Mesh mesh, Service service) {
        var alike = reads.endpointSlices(service.name()).stream()
                .flatMap(slice -> slice.pods().stream())
                .distinct()
                .sorted()
                .flatMap(pod -> reads.pod(pod).stream())
                .collect(groupingBy(pod -> alike(reads, pod), LinkedHashMap::new, Collectors.toList()));
        return alike.values().stream()
                .collect(groupingBy(
                        pods -> guard(reads, mesh, pods.getFirst()),
                        LinkedHashMap::new,
                        Collectors.summingInt(List::size)))
                .entrySet()
                .stream()
                .map(entry -> withPods(entry.getKey(), entry.getValue()))
                .toList();
    }

    private static Alike alike(Reads reads, Pod pod) {
        return new Alike(
                Membership.serverIdentity(reads, pod).isPresent(),
                pod.labels(),
                Set.copyOf(reads.backings(pod.name())));
    }

    private static Guard guard(Reads reads, Mesh mesh, Pod pod) {
        boolean enforced = Membership.serverIdentity(reads, pod).isPresent();
        var rules = WorkloadViews.rules(reads, pod);
        return guard(mesh, 0, enforced, rules.deny(), rules.allow(), mesh.authorization());
    }

    /** What the proxy of a pod enforces. */
    public static EffectiveWorkload of(Mesh mesh, WorkloadView view) {
        return new EffectiveWorkload(
                view.pod(),
                view.identity(),
                EffectiveServices.mtls(mesh),
                guard(mesh, 1, true, view.deny(), view.allow(), view.defaultAction()),
                view.traffic().entrySet().stream()
                        .map(entry -> new EffectiveWorkload.Port(
                                entry.getKey(),
                                entry.getValue().limits().stream()
                                        .map(it -> EffectiveServices.limit(it.name(), it.limit()))
                                        .toList(),
                                entry.getValue().faults().stream()
                                        .map(it -> EffectiveServices.fault(it.name(), it.fault()))
                                        .toList()))
                        .toList());
    }

    private static Guard guard(
            Mesh mesh,
            int pods,
            boolean enforced,
            List<PortRules> deny,
            List<PortRules> allow,
            Mesh.AuthorizationDefault otherwise) {
        return new Guard(
                pods,
                enforced,
                new Decided<>(otherwise, new Decider.Of(mesh.ref(), "spec.authorization.default")),
                deny.stream().map(rules -> rules(mesh, rules)).toList(),
                allow.stream().map(rules -> rules(mesh, rules)).toList());
    }

    private static Guard withPods(Guard guard, int pods) {
        return new Guard(pods, guard.enforced(), guard.otherwise(), guard.deny(), guard.allow());
    }

    /** Policies have a namespace; what the Mesh itself lets through has none. */
    private static Rules rules(Mesh mesh, PortRules rules) {
        return new Rules(
                rules.policy().namespace().isEmpty()
                        ? new Decider.Of(mesh.ref(), "spec.rateLimitService")
                        : new Decider.Of(new ObjectRef(Kind.AUTHORIZATION_POLICY, rules.policy()), "spec.rules"),
                List.copyOf(rules.ports()),
                rules.rules());
    }
}
