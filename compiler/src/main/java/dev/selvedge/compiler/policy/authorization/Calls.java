// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.authorization;

import dev.selvedge.compiler.policy.StringMatchers;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Action;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Operation;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** What: the {@code to} of a rule. */
final class Calls {
    private Calls() {}

    /** Empty when no call on this chain can match. */
    static Optional<Permission> permission(Action action, Caller caller, List<Operation> to) {
        if (to.isEmpty()) {
            return Optional.of(RuleTerms.ANY_CALL);
        }
        var permissions = to.stream()
                .flatMap(operation -> permission(action, caller, operation).stream())
                .toList();
        return permissions.isEmpty() ? Optional.empty() : Optional.of(RuleTerms.some(permissions));
    }

    private static Optional<Permission> permission(Action action, Caller caller, Operation operation) {
        var terms = new ArrayList<Permission>();
        if (!operation.ports().isEmpty()) {
            terms.add(ports(operation.ports()));
        }
        boolean namesHttp = !operation.methods().isEmpty() || !operation.paths().isEmpty();
        if (namesHttp && !caller.http()) {
            // What cannot be read is never what is allowed, and may be what is denied.
            return action == Action.ALLOW ? Optional.empty() : Optional.of(RuleTerms.all(terms));
        }
        if (!operation.methods().isEmpty()) {
            terms.add(RuleTerms.some(operation.methods().stream()
                    .map(method -> method(action, method))
                    .toList()));
        }
        if (!operation.paths().isEmpty()) {
            terms.add(Paths.permission(action, operation.paths()));
        }
        return Optional.of(RuleTerms.all(terms));
    }

    static Permission ports(Collection<Integer> ports) {
        return RuleTerms.some(ports.stream()
                .sorted()
                .distinct()
                .map(port -> Permission.newBuilder().setDestinationPort(port).build())
                .toList());
    }

    /** Methods have a case, but a server that ignores it must not be a way around a Deny. */
    private static Permission method(Action action, String method) {
        return Permission.newBuilder()
                .setHeader(HeaderMatcher.newBuilder()
                        .setName(":method")
                        .setStringMatch(StringMatchers.exact(method).toBuilder().setIgnoreCase(action == Action.DENY)))
                .build();
    }
}
