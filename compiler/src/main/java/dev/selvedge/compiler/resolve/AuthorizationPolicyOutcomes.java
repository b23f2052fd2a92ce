// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.diagnostic.Condition;
import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Condition.Type;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.policy.Validation;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Action;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Target;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What became of an AuthorizationPolicy. */
final class AuthorizationPolicyOutcomes {
    private AuthorizationPolicyOutcomes() {}

    static Outcome of(Reads reads, AuthorizationPolicy policy) {
        var namespace = policy.meta().name().namespace();
        var unresolved = unresolved(reads, policy);
        var accepted = Conditions.invalid(Validation.check(policy), consequence(policy))
                .or(() -> Conditions.outside(reads, namespace))
                .or(() -> targetsNothing(reads, policy))
                .orElseGet(() -> inForce(policy));
        return Outcomes.outcome(
                policy.ref(),
                policy.meta(),
                List.of(accepted, Conditions.resolvedRefs(Reason.TARGET_NOT_FOUND, unresolved)),
                List.of());
    }

    private static String consequence(AuthorizationPolicy policy) {
        return switch (policy.action()) {
            case ALLOW -> "Until this is corrected, a rule with a mistake allows nobody.";
            case DENY -> "Until this is corrected, every call to its targets is denied.";
        };
    }

    private static Condition inForce(AuthorizationPolicy policy) {
        return policy.action() == Action.ALLOW && policy.rules().isEmpty()
                ? new Condition(
                        Type.ACCEPTED,
                        true,
                        Reason.ALLOWS_NOBODY,
                        "In force. It has no rules, so it allows nobody to call its targets.")
                : Conditions.accepted("In force.");
    }

    private static Optional<Condition> targetsNothing(Reads reads, AuthorizationPolicy policy) {
        var nothing = policy.targets().stream().allMatch(target -> switch (target) {
            case Target.PodTarget _ -> false;
            case Target.ServiceTarget(var name) -> service(reads, policy, name).isEmpty();
        });
        return nothing
                ? Optional.of(Conditions.notAccepted(
                        Reason.TARGET_NOT_FOUND,
                        "None of its targets exists, so it protects nothing. It applies as soon as one does."))
                : Optional.empty();
    }

    private static List<String> unresolved(Reads reads, AuthorizationPolicy policy) {
        var namespace = policy.meta().name().namespace();
        var unresolved = new ArrayList<String>();
        for (var target : policy.targets()) {
            switch (target) {
                case Target.ServiceTarget(var name) -> {
                    if (service(reads, policy, name).isEmpty()) {
                        unresolved.add("Service " + namespace + "/" + name + " does not exist");
                    }
                }
                case Target.PodTarget(var selector) -> {
                    if (reads.podLabels(namespace).stream().noneMatch(selector::matches)) {
                        unresolved.add("No pod of namespace " + namespace + " is selected");
                    }
                }
            }
        }
        unknownPorts(reads, policy).forEach(unresolved::add);
        return unresolved;
    }

    /** Ports in rules that no target has; a pod target may have any. */
    private static Stream<String> unknownPorts(Reads reads, AuthorizationPolicy policy) {
        var services = policy.targets().stream()
                .flatMap(target -> switch (target) {
                    case Target.ServiceTarget(var name) -> service(reads, policy, name).stream();
                    case Target.PodTarget _ -> Stream.<Service>of();
                })
                .toList();
        return services.size() < policy.targets().size()
                ? Stream.of()
                : policy.rules().stream()
                        .flatMap(rule -> rule.to().stream())
                        .flatMap(operation -> operation.ports().stream())
                        .distinct()
                        .filter(port -> services.stream()
                                .flatMap(service -> service.ports().stream())
                                .noneMatch(found -> found.port() == port))
                        .map(port -> "No targeted Service has port " + port + ", which a rule names");
    }

    private static Optional<Service> service(Reads reads, AuthorizationPolicy policy, String name) {
        return reads.service(new ObjectName(policy.meta().name().namespace(), name));
    }
}
