// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.release;

import dev.selvedge.compiler.policy.Findings;
import dev.selvedge.compiler.snapshot.LoadBalancing;
import dev.selvedge.compiler.snapshot.Release;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.util.List;
import java.util.Optional;

/** What a policy can get wrong about a release. */
public final class ReleaseRules {
    private ReleaseRules() {}

    public static void check(Findings findings, String field, TrafficPolicy policy, Release release) {
        subset(findings, field + ".stable", policy, release.stable());
        subset(findings, field + ".next", policy, release.next());
        if (release.stable().equals(release.next())) {
            findings.add(field + ".next", release.next(), "is the same as stable", "name another subset");
        }
        switch (release) {
            case Release.Canary canary -> canary(findings, field, policy, canary);
            case Release.BlueGreen(var stable, var next, var active) -> {
                if (!active.equals(stable) && !active.equals(next)) {
                    findings.add(
                            field + ".active", active, "is neither stable nor next", "give " + stable + " or " + next);
                }
            }
        }
    }

    private static void canary(Findings findings, String field, TrafficPolicy policy, Release.Canary canary) {
        findings.range(field + ".percent", Optional.of(canary.percent()), 0, 100);
        var hash = policy.loadBalancing().map(LoadBalancing::hash).orElse(List.of());
        canary.sticky()
                .filter(key -> !hash.isEmpty() && !hash.equals(List.of(key)))
                .ifPresent(key -> findings.add(
                        field + ".sticky",
                        key.name().orElse(""),
                        "differs from loadBalancing.hash, and Envoy has one hash for a request",
                        "make them the same, or remove one of them"));
    }

    private static void subset(Findings findings, String field, TrafficPolicy policy, String name) {
        if (policy.subsets().stream().noneMatch(subset -> subset.name().equals(name))) {
            findings.add(field, name, "is not one of spec.subsets", "add the subset or correct the name");
        }
    }
}
