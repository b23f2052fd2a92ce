// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.Issuer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ServingKeyManagerTest {
    private static final SecureRandom RANDOM = new SecureRandom();

    private Instant now = Instant.parse("2030-01-01T00:00:00Z");
    private final Clock clock = ((InstantSource) () -> now).withZone(ZoneOffset.UTC);
    private Optional<Issuer> issuer = Optional.empty();
    private final ServingKeyManager keys =
            new ServingKeyManager(() -> issuer, List.of("selvedge.svc"), clock, new SimpleMeterRegistry());

    private Issuer issuer(Duration lifetime) {
        var authority = new Authority(clock, RANDOM);
        var anchor = authority.createAnchor("cluster.local", Duration.ofDays(30));
        return new Issuer(authority.signIssuer(anchor, "cluster.local", lifetime), anchor.chain(), clock, RANDOM);
    }

    @Test
    void without_an_issuer_there_is_no_certificate() {
        keys.renew();
        assertThat(keys.certificate()).isEmpty();
        assertThat(handshake()).isNull();
    }

    @Test
    void it_is_renewed_at_half_of_its_life_also_when_nobody_connects() {
        issuer = Optional.of(issuer(Duration.ofDays(7)));
        keys.renew();
        var first = keys.certificate();
        assertThat(first).isPresent();

        pass(Duration.ofHours(11));
        assertThat(keys.certificate()).isEqualTo(first);
        pass(Duration.ofHours(1));
        assertThat(keys.certificate()).isNotEqualTo(first);
    }

    @Test
    void another_issuer_is_used_at_once() throws Exception {
        issuer = Optional.of(issuer(Duration.ofDays(7)));
        handshake();
        issuer = Optional.of(issuer(Duration.ofDays(7)));
        var shown = keys.getCertificateChain(handshake());
        assertThat(shown).isNotNull();
        shown[0].verify(issuer.get().certificate().getPublicKey());
    }

    @Test
    void no_handshake_fails_because_the_issuer_has_ended_and_none_makes_a_certificate_that_outlives_it() {
        var end = now.plus(Duration.ofHours(1));
        issuer = Optional.of(issuer(Duration.ofHours(1)));
        for (int minute = 0; minute < 120; minute++) {
            pass(Duration.ofMinutes(1));
            assertThat(handshake()).isNotNull();
            assertThat(end()).isBeforeOrEqualTo(end);
        }
        issuer = Optional.of(issuer(Duration.ofHours(1)));
        handshake();
        assertThat(end()).isAfter(now);
    }

    @Test
    void handshakes_just_before_the_end_of_the_issuer_share_a_certificate() {
        issuer = Optional.of(issuer(Duration.ofSeconds(30)));
        var first = handshake();
        now = now.plusSeconds(20);
        assertThat(handshake()).isEqualTo(first);
    }

    private void pass(Duration time) {
        now = now.plus(time);
        keys.renew();
    }

    private Instant end() {
        return keys.certificate()
                .map(X509Certificate::getNotAfter)
                .orElseThrow()
                .toInstant();
    }

    private String handshake() {
        return keys.chooseEngineServerAlias("EC", null, null);
    }
}
