// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.authorization;

import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import java.util.List;

/** And, or, always and never, for both halves of a rule. */
final class RuleTerms {
    static final Permission ANY_CALL = Permission.newBuilder().setAny(true).build();
    static final Principal ANYBODY = Principal.newBuilder().setAny(true).build();

    private RuleTerms() {}

    static Permission all(List<Permission> terms) {
        return switch (terms.size()) {
            case 0 -> ANY_CALL;
            case 1 -> terms.getFirst();
            default ->
                Permission.newBuilder()
                        .setAndRules(Permission.Set.newBuilder().addAllRules(terms))
                        .build();
        };
    }

    static Permission some(List<Permission> terms) {
        return terms.size() == 1
                ? terms.getFirst()
                : Permission.newBuilder()
                        .setOrRules(Permission.Set.newBuilder().addAllRules(terms))
                        .build();
    }

    static Permission not(Permission term) {
        return Permission.newBuilder().setNotRule(term).build();
    }

    static Principal allOf(List<Principal> terms) {
        return switch (terms.size()) {
            case 0 -> ANYBODY;
            case 1 -> terms.getFirst();
            default ->
                Principal.newBuilder()
                        .setAndIds(Principal.Set.newBuilder().addAllIds(terms))
                        .build();
        };
    }

    static Principal someOf(List<Principal> terms) {
        return terms.size() == 1
                ? terms.getFirst()
                : Principal.newBuilder()
                        .setOrIds(Principal.Set.newBuilder().addAllIds(terms))
                        .build();
    }
}
