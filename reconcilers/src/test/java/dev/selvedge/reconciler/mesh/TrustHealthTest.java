// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.MeshSpec;
import dev.selvedge.api.v1alpha1.TrustStatus.Stage;
import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.Pem;
import dev.selvedge.reconciler.pki.TrustSecrets;
import dev.selvedge.reconciler.status.Conditions;
import dev.selvedge.reconciler.trust.Decision;
import dev.selvedge.reconciler.trust.Reason;
import dev.selvedge.reconciler.trust.RotationPolicy;
import dev.selvedge.reconciler.trust.Rotations;
import dev.selvedge.reconciler.trust.TrustState;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class TrustHealthTest {
    private static final Instant BEGIN = Instant.parse("2030-01-01T00:00:00Z");
    private static final Clock CLOCK = Clock.fixed(BEGIN, ZoneOffset.UTC);
    private static final Duration ISSUER = Duration.ofDays(100);

    private final TrustState stored = stored();
    private Optional<X509Certificate> serving = Optional.empty();

    private static TrustState stored() {
        var authority = new Authority(CLOCK, new SecureRandom());
        var anchor = authority.createAnchor("cluster.local", Duration.ofDays(1000));
        var issuer = authority.signIssuer(anchor, "cluster.local", ISSUER);
        var entries =
                Map.of(TrustSecrets.CERTIFICATE, issuer.chainPem(), TrustSecrets.BUNDLE, Pem.write(anchor.chain()));
        return TrustState.read(entry -> Optional.ofNullable(entries.get(entry))).orElseThrow();
    }

    @Test
    void nothing_is_said_of_a_young_issuer() {
        assertThat(warnings(Duration.ofDays(69))).isEmpty();
        assertThat(condition(Duration.ofDays(69)).reason()).isEqualTo("Healthy");
    }

    @Test
    void warnings_come_at_thirty_ten_and_three_percent() {
        assertThat(warnings(Duration.ofDays(71))).singleElement().satisfies(warning -> assertThat(warning.message())
                .contains("issuer", "30 %"));
        assertThat(warnings(Duration.ofDays(91)))
                .extracting(TrustHealth.Warning::percent)
                .containsExactly(10);
        assertThat(warnings(Duration.ofDays(98)))
                .extracting(TrustHealth.Warning::percent)
                .containsExactly(3);
    }

    @Test
    void the_condition_turns_at_ten_percent_and_says_when_the_issuer_has_ended() {
        assertThat(condition(Duration.ofDays(89)).status()).isEqualTo(Condition.Status.TRUE);
        assertThat(condition(Duration.ofDays(91)).reason()).isEqualTo("Expiring");
        assertThat(condition(Duration.ofDays(101)).reason()).isEqualTo("IssuerEnded");
    }

    @Test
    void a_renewal_that_is_under_way_is_left_alone_until_ten_percent() {
        var renewing = outlook(Duration.ofDays(71), true);
        assertThat(renewing.decision().step()).isPresent();
        assertThat(TrustHealth.warnings(renewing, BEGIN.plus(Duration.ofDays(71))))
                .isEmpty();
        assertThat(TrustHealth.warnings(renewing, BEGIN.plus(Duration.ofDays(91))))
                .hasSize(1);
    }

    @Test
    void a_serving_certificate_that_was_not_renewed_is_told_whatever_is_under_way() {
        serving = Optional.of(stored.issuer());
        assertThat(warnings(Duration.ofDays(69))).isEmpty();
        assertThat(warnings(Duration.ofDays(71))).last().satisfies(warning -> {
            assertThat(warning.percent()).isEqualTo(30);
            assertThat(warning.message()).contains("serving certificate", "2030-04-11T00:00:00Z", "30 %");
        });
        assertThat(condition(Duration.ofDays(91)).reason()).isEqualTo("Expiring");
        var renewing = outlook(Duration.ofDays(71), true);
        assertThat(TrustHealth.warnings(renewing, BEGIN.plus(Duration.ofDays(71))))
                .singleElement()
                .satisfies(warning -> assertThat(warning.message()).contains("serving"));
    }

    private List<TrustHealth.Warning> warnings(Duration age) {
        return TrustHealth.warnings(outlook(age, false), BEGIN.plus(age));
    }

    private Condition condition(Duration age) {
        return TrustHealth.condition(
                new Conditions(List.of(), 1, CLOCK),
                Optional.of(outlook(age, false)),
                Provision.NONE,
                Optional.empty(),
                BEGIN.plus(age));
    }

    private TrustOutlook outlook(Duration age, boolean renews) {
        var now = BEGIN.plus(age);
        if (!renews) {
            return new TrustOutlook(
                    stored,
                    Provision.NONE,
                    List.of(),
                    new Decision(Stage.STABLE, now, Optional.empty(), Reason.SCHEDULED, Optional.empty(), List.of()),
                    serving);
        }
        var spec = RotationPolicy.of(MeshSpec.DEFAULT);
        var policy = new RotationPolicy(
                false,
                "cluster.local",
                spec.anchor(),
                new RotationPolicy.Level(ISSUER, Duration.ofDays(40)),
                spec.state(),
                null,
                spec.drain(),
                spec.waitForAbsent());
        return new TrustOutlook(
                stored,
                Provision.NONE,
                List.of(),
                Rotations.decide(
                        policy,
                        new Rotations.Facts(
                                stored,
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                List.of(),
                                "",
                                true,
                                true,
                                now)),
                serving);
    }
}
