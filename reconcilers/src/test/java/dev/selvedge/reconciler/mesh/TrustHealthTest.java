// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.MeshSpec;
import dev.selvedge.api.v1alpha1.TrustStatus.Stage;
import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.Lifespan;
import dev.selvedge.reconciler.pki.Pem;
import dev.selvedge.reconciler.pki.TrustSecrets;
import dev.selvedge.reconciler.status.Conditions;
import dev.selvedge.reconciler.trust.Decision;
import dev.selvedge.reconciler.trust.ProxyTrust;
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
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class TrustHealthTest {
    private static final Instant BEGIN = Instant.parse("2030-01-01T00:00:00Z");
    private static final Clock CLOCK = Clock.fixed(BEGIN, ZoneOffset.UTC);
    private static final Duration ISSUER = Duration.ofDays(100);

    private final TrustState stored = stored();
    private Optional<X509Certificate> serving = Optional.empty();
    private List<ProxyTrust> proxies = List.of();

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
                .extracting(ExpiryWarning::percent)
                .containsExactly(10);
        assertThat(warnings(Duration.ofDays(98)))
                .extracting(ExpiryWarning::percent)
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
        assertThat(ExpiryWarning.of(renewing, BEGIN.plus(Duration.ofDays(71)))).isEmpty();
        assertThat(ExpiryWarning.of(renewing, BEGIN.plus(Duration.ofDays(91)))).hasSize(1);
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
        assertThat(ExpiryWarning.of(renewing, BEGIN.plus(Duration.ofDays(71))))
                .singleElement()
                .satisfies(warning -> assertThat(warning.message()).contains("serving"));
    }

    @Test
    void proxies_whose_certificates_are_not_renewed_are_named_that_which_ends_first_at_first() {
        var hour = Duration.ofHours(1);
        proxies = List.of(
                proxy("shop/late", true, hour.multipliedBy(3)), proxy("shop/fresh", true, hour.multipliedBy(20)));
        assertThat(warnings(Duration.ZERO)).singleElement().satisfies(warning -> {
            assertThat(warning.percent()).isEqualTo(30);
            assertThat(warning.message())
                    .contains("pod shop/late ends at 2030-01-01T03:00:00Z", "30 %", "due for renewal at half")
                    .doesNotContain("fresh", "same");
        });
        assertThat(condition(Duration.ZERO).reason()).isEqualTo("Healthy");

        proxies = List.of(proxy("shop/late", true, hour.multipliedBy(3)), proxy("shop/away", false, hour));
        assertThat(warnings(Duration.ZERO)).singleElement().satisfies(warning -> {
            assertThat(warning.percent()).isEqualTo(10);
            assertThat(warning.message()).contains("pod shop/away (not connected)", "The same is so of shop/late.");
        });
        assertThat(condition(Duration.ZERO).reason()).isEqualTo("Expiring");
        assertThat(condition(Duration.ZERO).message()).contains("shop/away");
    }

    @Test
    void of_many_proxies_some_are_named_and_the_others_counted() {
        proxies = IntStream.range(0, 20)
                .mapToObj(i -> proxy("shop/p" + i, true, Duration.ofMinutes(100 + i)))
                .toList();
        assertThat(warnings(Duration.ZERO)).singleElement().satisfies(warning -> assertThat(warning.message())
                .contains("pod shop/p0 ", "shop/p1, shop/p2, shop/p3, shop/p4, shop/p5 and 14 more"));
    }

    @Test
    void each_mark_of_a_proxys_certificate_is_another_warning_and_a_renewed_one_too() {
        var keys = Stream.of(Duration.ofHours(3), Duration.ofHours(2), Duration.ofMinutes(10), Duration.ofMinutes(-5))
                .map(left -> {
                    proxies = List.of(proxy("shop/a", true, left));
                    return warnings(Duration.ZERO).getFirst();
                })
                .toList();
        assertThat(keys).extracting(ExpiryWarning::percent).containsExactly(30, 10, 3, 3);
        assertThat(keys).extracting(ExpiryWarning::key).doesNotHaveDuplicates();
    }

    /** @param left of a life of a day */
    private static ProxyTrust proxy(String pod, boolean connected, Duration left) {
        var end = BEGIN.plus(left);
        return new ProxyTrust(
                pod, connected, Instant.EPOCH, "", "", Optional.of(new Lifespan(end.minus(Duration.ofHours(24)), end)));
    }

    private List<ExpiryWarning> warnings(Duration age) {
        return ExpiryWarning.of(outlook(age, false), BEGIN.plus(age));
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
                    proxies,
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
                proxies,
                serving);
    }
}
