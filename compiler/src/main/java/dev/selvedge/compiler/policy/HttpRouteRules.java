// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import dev.selvedge.compiler.diagnostic.FieldError;
import dev.selvedge.compiler.snapshot.HttpRoute;
import java.util.List;

/** What is wrong with an HTTPRoute by itself, beyond what its own schema says. */
final class HttpRouteRules {
    private HttpRouteRules() {}

    static List<FieldError> check(HttpRoute route) {
        var findings = new Findings();
        for (int i = 0; i < route.rules().size(); i++) {
            var rule = route.rules().get(i);
            for (int j = 0; j < rule.matches().size(); j++) {
                MatchRules.match(
                        findings,
                        "spec.rules[" + i + "].matches[" + j + "]",
                        rule.matches().get(j));
            }
            ActionRules.check(findings, "spec.rules[" + i + "].filters", rule.actions(), rule.matches());
            for (int j = 0; j < rule.backends().size(); j++) {
                var field = "spec.rules[" + i + "].backendRefs[" + j + "].filters";
                var backend = rule.backends().get(j);
                ActionRules.headers(findings, field + ".requestHeaderModifier", backend.requestHeaders());
                ActionRules.headers(findings, field + ".responseHeaderModifier", backend.responseHeaders());
            }
        }
        return findings.list();
    }
}
