// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.healthcheck;

import dev.selvedge.compiler.policy.Findings;
import dev.selvedge.compiler.snapshot.HealthCheck;
import dev.selvedge.compiler.snapshot.HealthCheck.Protocol;
import java.time.Duration;
import java.util.Optional;

/** What a policy can get wrong about health checks. */
public final class HealthCheckRules {
    private HealthCheckRules() {}

    public static void check(Findings findings, String field, HealthCheck wanted) {
        if (wanted.protocol() instanceof Protocol.Http(var path) && !path.startsWith("/")) {
            findings.add(field + ".path", path, "is not a path", "begin it with /");
        }
        findings.atLeast(field + ".interval", Optional.of(wanted.interval()), Duration.ofMillis(100));
        findings.atLeast(field + ".timeout", Optional.of(wanted.timeout()), Duration.ofMillis(1));
        if (wanted.timeout().compareTo(wanted.interval()) > 0) {
            findings.add(
                    field + ".timeout",
                    Findings.text(wanted.timeout()),
                    "is longer than interval (" + Findings.text(wanted.interval()) + ")",
                    "lower timeout or raise interval");
        }
        findings.range(field + ".unhealthyAfter", Optional.of(wanted.unhealthyAfter()), 1, 100);
        findings.range(field + ".healthyAfter", Optional.of(wanted.healthyAfter()), 1, 100);
    }
}
