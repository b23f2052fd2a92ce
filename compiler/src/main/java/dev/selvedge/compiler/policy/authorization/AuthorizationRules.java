// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.authorization;

import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.model.WorkloadView.PortRules;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Action;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.TrustDomains;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A workload's policies as Envoy's rules, Deny before Allow. Each rule keeps its name, {@code namespace/policy/rule},
 * so that a refusal can say what refused.
 */
public final class AuthorizationRules {
    /** The entry that lets everybody call the ports no Allow policy speaks for. */
    private static final String MESH_DEFAULT = "mesh-default";

    private AuthorizationRules() {}

    /** What to check in order; empty when nothing can be refused. */
    public static List<RBAC> of(WorkloadView workload, Caller caller) {
        var filters = new ArrayList<RBAC>(2);
        deny(workload, caller).ifPresent(filters::add);
        allow(workload, caller).ifPresent(filters::add);
        return filters;
    }

    private static Optional<RBAC> deny(WorkloadView workload, Caller caller) {
        var policies = policies(Action.DENY, workload.deny(), workload.trustDomains(), caller);
        return policies.isEmpty()
                ? Optional.empty()
                : Optional.of(RBAC.newBuilder()
                        .setAction(RBAC.Action.DENY)
                        .putAllPolicies(policies)
                        .build());
    }

    /** An Allow filter without policies refuses everybody: the mesh's default, or policies nobody here can satisfy. */
    private static Optional<RBAC> allow(WorkloadView workload, Caller caller) {
        boolean allowedByDefault = workload.defaultAction() == Mesh.AuthorizationDefault.ALLOW;
        if (allowedByDefault && workload.allow().isEmpty()) {
            return Optional.empty();
        }
        var policies = policies(Action.ALLOW, workload.allow(), workload.trustDomains(), caller);
        if (allowedByDefault
                && workload.allow().stream().noneMatch(rules -> rules.ports().isEmpty())) {
            var spokenFor = new TreeSet<Integer>();
            workload.allow().forEach(rules -> spokenFor.addAll(rules.ports()));
            policies.put(
                    MESH_DEFAULT,
                    Policy.newBuilder()
                            .addPermissions(RuleTerms.not(Calls.ports(spokenFor)))
                            .addPrincipals(RuleTerms.ANYBODY)
                            .build());
        }
        return Optional.of(RBAC.newBuilder()
                .setAction(RBAC.Action.ALLOW)
                .putAllPolicies(policies)
                .build());
    }

    private static Map<String, Policy> policies(
            Action action, List<PortRules> all, TrustDomains domains, Caller caller) {
        var policies = new TreeMap<String, Policy>();
        for (var rules : all) {
            for (int i = 0; i < rules.rules().size(); i++) {
                var rule = rules.rules().get(i);
                var name = rules.policy() + "/" + (rule.name().isBlank() ? "rules[" + i + "]" : rule.name());
                var unique = policies.containsKey(name) ? name + "[" + i + "]" : name;
                policy(action, rules, rule, domains, caller).ifPresent(policy -> policies.put(unique, policy));
            }
        }
        return policies;
    }

    private static Optional<Policy> policy(
            Action action, PortRules rules, AuthorizationPolicy.Rule rule, TrustDomains domains, Caller caller) {
        var permission = Calls.permission(action, caller, rule.to());
        var principals = Callers.principals(action, caller, domains, rule.from());
        if (permission.isEmpty() || principals.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Policy.newBuilder()
                .addPermissions(onPorts(rules, permission.get()))
                .addAllPrincipals(principals.get())
                .build());
    }

    private static Permission onPorts(PortRules rules, Permission permission) {
        return rules.ports().isEmpty() ? permission : RuleTerms.all(List.of(Calls.ports(rules.ports()), permission));
    }
}
