// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Measured in the CPU time of the thread, so that other work on the machine counts little. It only guards against a change
 * of the order of magnitude; {@code src-tests/jmh/run} measures.
 */
final class IssuanceRateTest {
    private static final int WARM_UP = 3000;
    private static final int MEASURED = 5000;
    private static final double NANOS = 1e9;

    @Test
    void a_core_makes_enough_keys_and_certificates_for_a_big_mesh() {
        var authority = new Authority(Clock.systemUTC(), new SecureRandom());
        var anchor = authority.createAnchor("cluster.local", Duration.ofDays(365));
        var issuer = new Issuer(
                authority.signIssuer(anchor, "cluster.local", Duration.ofDays(30)),
                anchor.chain(),
                Clock.systemUTC(),
                new SecureRandom());
        issue(issuer, WARM_UP);

        var threads = ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadCpuTime();
        issue(issuer, MEASURED);
        double rate = MEASURED * NANOS / (threads.getCurrentThreadCpuTime() - before);

        assertThat(rate).as("certificates a second and core").isGreaterThan(1000);
    }

    private static void issue(Issuer issuer, int count) {
        for (int i = 0; i < count; i++) {
            var made = issuer.issueWorkload("spiffe://cluster.local/ns/shop/sa/pod" + i, Duration.ofHours(24));
            assertThat(made.keyPem()).isNotEmpty();
            assertThat(made.chainPem()).isNotEmpty();
        }
    }
}
