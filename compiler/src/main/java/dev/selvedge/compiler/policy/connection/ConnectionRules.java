// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.connection;

import dev.selvedge.compiler.policy.Findings;
import dev.selvedge.compiler.snapshot.Connections;
import java.time.Duration;
import java.util.Optional;

/** What a policy can get wrong about connections. */
public final class ConnectionRules {
    private ConnectionRules() {}

    public static void check(Findings findings, String field, Connections wanted) {
        findings.atLeast(field + ".connectTimeout", wanted.connectTimeout(), Duration.ofMillis(1));
        findings.notNegative(field + ".idle", wanted.idle());
        findings.notNegative(field + ".lifetime", wanted.lifetime());
        findings.range(field + ".maxRequests", wanted.maxRequests(), 1, 1_000_000);
        wanted.keepAlive().ifPresent(keepAlive -> {
            findings.atLeast(field + ".keepAlive.time", Optional.of(keepAlive.time()), Duration.ofSeconds(1));
            findings.atLeast(field + ".keepAlive.interval", Optional.of(keepAlive.interval()), Duration.ofSeconds(1));
            findings.range(field + ".keepAlive.probes", Optional.of(keepAlive.probes()), 1, 100);
        });
    }
}
