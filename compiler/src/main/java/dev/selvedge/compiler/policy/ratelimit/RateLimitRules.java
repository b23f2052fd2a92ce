// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.ratelimit;

import static java.util.function.Function.identity;

import dev.selvedge.compiler.policy.Findings;
import dev.selvedge.compiler.snapshot.RateLimit;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What is wrong with rate limits by themselves. */
public final class RateLimitRules {
    private static final int MAX_REQUESTS = 1_000_000_000;
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofHours(24);

    private RateLimitRules() {}

    public static void check(Findings findings, String field, List<RateLimit> limits) {
        findings.unique(field, limits, RateLimit::name, "name");
        for (int i = 0; i < limits.size(); i++) {
            check(findings, field + "[" + i + "]", limits.get(i));
        }
    }

    private static void check(Findings findings, String field, RateLimit limit) {
        findings.ports(field + ".ports", limit.ports());
        findings.unique(field + ".key", limit.key(), identity(), "key");
        for (int i = 0; i < limit.key().size(); i++) {
            if (limit.key().get(i) instanceof RateLimit.Key.Header(var name)) {
                findings.headerName(field + ".key[" + i + "].name", name);
            }
        }
        findings.range(field + ".limit.requests", Optional.of(limit.requests()), 1, MAX_REQUESTS);
        findings.range(field + ".limit.burst", limit.burst(), 1, MAX_REQUESTS);
        if (limit.scope() == RateLimit.Scope.GLOBAL) {
            checkGlobal(findings, field + ".limit", limit);
        } else if (limit.per().compareTo(SHORTEST) < 0 || limit.per().compareTo(LONGEST) > 0) {
            findings.add(
                    field + ".limit.per",
                    Findings.text(limit.per()),
                    "is not a time that requests are counted over",
                    "give a duration from 1s to 24h");
        }
    }

    private static void checkGlobal(Findings findings, String field, RateLimit limit) {
        if (!GlobalRateLimits.isUnit(limit.per())) {
            findings.add(
                    field + ".per",
                    Findings.text(limit.per()),
                    "is not a time that a rate limit service counts over",
                    "with scope Global give 1s, 1m, 1h or 24h");
        }
        limit.burst()
                .ifPresent(burst -> findings.add(
                        field + ".burst",
                        burst.toString(),
                        "has no meaning for a rate limit service",
                        "with scope Global leave it out"));
    }
}
