// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.webhook;

import dev.selvedge.api.v1alpha1.AuthorizationPolicy;
import dev.selvedge.api.v1alpha1.AuthorizationPolicySpec;
import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.api.v1alpha1.TrafficPolicy;
import dev.selvedge.api.v1alpha1.TrafficPolicySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
        unmatched(spec.routes())
                .map(requests ->
                        "spec.routes: a request%s that no route matches is answered 404; end with a route without matches"
                                .formatted(requests))
                .ifPresent(warnings::add);
        return warnings;
    }

    /** Which requests may meet no route; a port that no route is for has none to meet. */
    private static Optional<String> unmatched(List<TrafficPolicySpec.Route> routes) {
        var forAll = routes.stream().filter(route -> route.ports().isEmpty()).toList();
        var taken = routes.stream()
                .filter(route -> route.matches().isEmpty())
                .flatMap(route -> route.ports().stream())
                .toList();
        if (!forAll.isEmpty()) {
            return forAll.stream().anyMatch(route -> route.matches().isEmpty()) ? Optional.empty() : Optional.of("");
        }
        return routes.stream()
                .flatMap(route -> route.ports().stream())
                .distinct()
                .filter(port -> !taken.contains(port))
                .map(String::valueOf)
                .reduce((ports, port) -> ports + ", " + port)
                .map(ports -> " to port " + ports);
    }

    private static List<String> ofMesh(Mesh mesh) {
        var selector = mesh.getSpec().members().namespaceSelector();
        return selector.matchLabels().isEmpty() && selector.matchExpressions().isEmpty()
                ? List.of("spec.members.namespaceSelector: it is empty, so every namespace belongs to the mesh but the"
                        + " operator's and those of Kubernetes")
                : List.of();
    }
}
