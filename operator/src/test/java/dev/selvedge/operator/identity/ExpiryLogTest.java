// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.Issuer;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ExpiryLogTest {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");
    private static final Clock CLOCK = Clock.fixed(START, ZoneOffset.UTC);
    private static final SecureRandom RANDOM = new SecureRandom();

    private static Optional<String> after(Duration age) {
        var authority = new Authority(CLOCK, RANDOM);
        var anchor = authority.createAnchor("cluster.local", Duration.ofDays(1000));
        var issuer = new Issuer(
                authority.signIssuer(anchor, "cluster.local", Duration.ofDays(100)), anchor.chain(), CLOCK, RANDOM);
        return ExpiryLog.message(issuer, START.plus(age));
    }

    @Test
    void a_replica_says_that_its_issuer_is_about_to_end_and_that_it_has_ended() {
        assertThat(after(Duration.ofDays(89))).isEmpty();
        assertThat(after(Duration.ofDays(91))).get().asString().contains("ends at 2030-04-11", "10 %");
        assertThat(after(Duration.ofDays(101))).get().asString().contains("ended at 2030-04-11", "rotation Job");
    }
}
