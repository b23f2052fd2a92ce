// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import static java.util.function.Function.identity;

import dev.selvedge.compiler.diagnostic.FieldError;
import dev.selvedge.compiler.policy.circuitbreaking.CircuitBreakerRules;
import dev.selvedge.compiler.policy.connection.ConnectionRules;
import dev.selvedge.compiler.policy.fault.FaultRules;
import dev.selvedge.compiler.policy.healthcheck.HealthCheckRules;
import dev.selvedge.compiler.policy.loadbalancing.LoadBalancingRules;
import dev.selvedge.compiler.policy.ratelimit.RateLimitRules;
import dev.selvedge.compiler.policy.release.ReleaseRules;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.util.List;
import java.util.Optional;

/** What is wrong with a TrafficPolicy by itself. */
final class TrafficPolicyRules {
    private static final int MAX_WEIGHT = 1_000_000;

    private TrafficPolicyRules() {}

    static List<FieldError> check(TrafficPolicy policy) {
        var findings = new Findings();
        if (policy.targets().isEmpty()) {
            findings.add("spec.targetRefs", "", "names nothing", "name at least one Service");
        }
        findings.unique("spec.targetRefs", policy.targets(), identity(), "target");
        findings.unique("spec.ports", policy.ports(), TrafficPolicy.PortProtocol::port, "port");
        for (int i = 0; i < policy.ports().size(); i++) {
            findings.port("spec.ports[" + i + "].port", policy.ports().get(i).port());
        }
        findings.unique("spec.subsets", policy.subsets(), TrafficPolicy.Subset::name, "name");
        for (int i = 0; i < policy.subsets().size(); i++) {
            if (policy.subsets().get(i).labels().isEmpty()) {
                findings.add(
                        "spec.subsets[" + i + "].labels",
                        "",
                        "would select every pod",
                        "give at least one label, or leave the subset out");
            }
        }
        findings.unique("spec.routes", policy.routes(), TrafficPolicy.Route::name, "name");
        for (int i = 0; i < policy.routes().size(); i++) {
            route(findings, "spec.routes[" + i + "]", policy, policy.routes().get(i));
        }
        hidden(findings, policy.routes());
        TimingRules.check(findings, "spec", policy.timeouts(), policy.retries());
        policy.release().ifPresent(it -> ReleaseRules.check(findings, "spec.release", policy, it));
        policy.loadBalancing().ifPresent(it -> LoadBalancingRules.check(findings, "spec.loadBalancing", it));
        policy.circuitBreaking().ifPresent(it -> CircuitBreakerRules.check(findings, "spec.circuitBreaking", it));
        policy.healthCheck().ifPresent(it -> HealthCheckRules.check(findings, "spec.healthCheck", it));
        policy.connections().ifPresent(it -> ConnectionRules.check(findings, "spec.connections", it));
        RateLimitRules.check(findings, "spec.rateLimits", policy.rateLimits());
        FaultRules.check(findings, "spec.faults", policy.faults());
        return findings.list();
    }

    private static void route(Findings findings, String field, TrafficPolicy policy, TrafficPolicy.Route route) {
        for (int i = 0; i < route.matches().size(); i++) {
            MatchRules.match(
                    findings, field + ".matches[" + i + "]", route.matches().get(i));
        }
        findings.ports(field + ".ports", route.ports());
        weights(findings, field + ".backends", route.backends());
        ActionRules.check(findings, field, route.actions(), route.matches());
        if (route.retries().flatMap(TrafficPolicy.Retries::budget).isPresent()) {
            findings.add(
                    field + ".retries.budget",
                    "",
                    "a budget holds for the Service and not for a route",
                    "move it to spec.retries");
        }
        if (route.timeouts().isPresent() || route.retries().isPresent()) {
            TimingRules.check(
                    findings,
                    field,
                    Optional.of(TimingRules.inEffect(route.timeouts(), policy.timeouts())),
                    route.retries().or(policy::retries));
        }
    }

    /** What a route without matches leaves to no later one. */
    private static void hidden(Findings findings, List<TrafficPolicy.Route> routes) {
        for (int i = 0; i < routes.size() - 1; i++) {
            var taker = routes.get(i);
            if (!taker.matches().isEmpty()) {
                continue;
            }
            if (taker.ports().isEmpty()) {
                findings.add(
                        "spec.routes[" + i + "]",
                        taker.name(),
                        "has no matches, so it takes every request and no later route is ever used",
                        "make it the last route");
            }
            for (int j = i + 1; j < routes.size(); j++) {
                for (var port : routes.get(j).ports()) {
                    if (taker.ports().contains(port)) {
                        findings.add(
                                "spec.routes[" + j + "].ports",
                                port,
                                "every request to it is taken by route " + taker.name()
                                        + " before, which has no matches",
                                "leave the port out, or put " + taker.name() + " after this route");
                    }
                }
            }
        }
    }

    private static void weights(Findings findings, String field, List<TrafficPolicy.Backend> backends) {
        for (int i = 0; i < backends.size(); i++) {
            var weight = backends.get(i).weight();
            if (weight < 0 || weight > MAX_WEIGHT) {
                findings.add(
                        field + "[" + i + "].weight",
                        weight,
                        "is not a weight",
                        "give a number from 0 to " + MAX_WEIGHT);
            }
        }
        if (!backends.isEmpty() && backends.stream().allMatch(backend -> backend.weight() == 0)) {
            findings.add(
                    field,
                    "0",
                    "the weights add up to 0, so no request could go anywhere",
                    "give at least one backend a weight");
        }
    }
}
