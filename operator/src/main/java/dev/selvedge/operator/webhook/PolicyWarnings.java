// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.webhook;

import dev.selvedge.api.v1alpha1.AuthorizationPolicy;
import dev.selvedge.api.v1alpha1.AuthorizationPolicySpec;
import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.api.v1alpha1.TrafficPolicy;
import dev.selvedge.api.v1alpha1.TrafficPolicySpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is accepted, and yet may not be what its author expects. */
final class PolicyWarnings {
    private PolicyWarnings() {}

    static List<String> of(@Nullable Object object) {
        return switch (object) {
            case AuthorizationPolicy policy -> ofAuthorization(policy.getSpec());
            case TrafficPolicy policy -> ofTraffic(policy.getSpec());
            case Mesh mesh -> ofMesh(mesh);
            case null, default -> List.of();
        };
    }

    private static List<String> ofAuthorization(AuthorizationPolicySpec spec) {
        if (spec.rules().isEmpty()) {
            return List.of(
                    "spec.rules: an Allow policy without rules allows nobody; every call to its targets is denied");
        }
        return spec.rules().stream()
                .filter(rule -> rule.from().isEmpty() && rule.to().isEmpty())
                .map(rule ->
                        "spec.rules: rule %s has neither from nor to; it matches every call".formatted(rule.name()))
                .toList();
    }

    private static List<String> ofTraffic(TrafficPolicySpec spec) {
        var warnings = new ArrayList<String>();
        if (spec.routes().isEmpty()) {
            if (!spec.subsets().isEmpty()) {
                warnings.add("spec.subsets: without routes nothing goes to them");
            } else if (spec.ports().isEmpty() && spec.timeouts() == null && spec.retries() == null) {
                warnings.add("spec: the policy changes nothing; give ports, routes, timeouts or retries");
            }
            return warnings;
        }
        var routes = spec.routes();
        for (int i = 0; i < routes.size(); i++) {
            if (matchesEverything(routes.get(i))) {
                routes.subList(i + 1, routes.size())
                        .forEach(route -> warnings.add(
                                "spec.routes: route %s is never reached; an earlier one matches every request"
                                        .formatted(route.name())));
                return warnings;
            }
        }
        warnings.add("spec.routes: a request that no route matches is answered 404; end with a route without matches");
        return warnings;
    }

    private static boolean matchesEverything(TrafficPolicySpec.Route route) {
        return route.matches().isEmpty();
    }

    private static List<String> ofMesh(Mesh mesh) {
        var selector = mesh.getSpec().members().namespaceSelector();
        return selector.matchLabels().isEmpty() && selector.matchExpressions().isEmpty()
                ? List.of("spec.members.namespaceSelector: it is empty, so every namespace belongs to the mesh but the"
                        + " operator's and those of Kubernetes")
                : List.of();
    }
}
