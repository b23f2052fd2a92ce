// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.trust;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.api.v1alpha1.MeshSpec;
import dev.selvedge.api.v1alpha1.TrustStatus.Stage;
import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.Certificates;
import dev.selvedge.reconciler.pki.KeyAndChain;
import dev.selvedge.reconciler.pki.Pem;
import dev.selvedge.reconciler.pki.TrustSecrets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is said of who is waited for; that the stages are right is shown where ten years are simulated. */
final class RotationsTest {
    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
    private static final Authority AUTHORITY = new Authority(Clock.fixed(NOW, ZoneOffset.UTC), new SecureRandom());

    private final KeyAndChain before = AUTHORITY.createAnchor("cluster.local", Duration.ofDays(365));
    private final KeyAndChain next = AUTHORITY.createAnchor("cluster.local", Duration.ofDays(365));

    private TrustState stored(boolean switched) {
        var rotation =
                new TrustRecord.Next(Certificates.fingerprint(next.certificate()), "Requested", NOW, switched, null);
        var entries = Map.of(
                TrustSecrets.CERTIFICATE,
                AUTHORITY
                        .signIssuer(switched ? next : before, "cluster.local", Duration.ofDays(30))
                        .chainPem(),
                TrustSecrets.BUNDLE,
                Pem.write(List.of(before.certificate(), next.certificate())),
                TrustSecrets.RECORD,
                TrustRecord.EMPTY.under(rotation).json());
        return TrustState.read(entry -> Optional.ofNullable(entries.get(entry))).orElseThrow();
    }

    private Decision decide(boolean switched, List<ProxyTrust> proxies) {
        return decide(switched, proxies, Optional.empty(), NOW);
    }

    private Decision decide(
            boolean switched, List<ProxyTrust> proxies, Optional<Rotations.Memory> status, Instant now) {
        return Rotations.decide(
                RotationPolicy.of(MeshSpec.DEFAULT),
                new Rotations.Facts(
                        stored(switched),
                        Optional.empty(),
                        Optional.empty(),
                        status,
                        proxies,
                        "both",
                        true,
                        true,
                        now));
    }

    @Test
    void the_old_anchor_retires_when_connections_that_it_vouched_for_have_had_their_time() {
        var status = Optional.of(new Rotations.Memory(Stage.RETIRING, NOW));
        var everybody =
                List.of(proxy("shop/a", true, "both", TrustVersions.authority(next.certificate(), "cluster.local")));
        var day = Duration.ofHours(24);

        var early = decide(true, everybody, status, NOW.plus(day).minusSeconds(1));
        assertThat(early.step()).isEmpty();
        assertThat(early.waiting()).contains("Connections that were made before may live until 2030-01-02T00:00:00Z.");
        assertThat(decide(true, everybody, status, NOW.plus(day)).step()).contains(Step.RETIRE);
    }

    /** The key of the old anchor may be lost: then the step is the only way to another issuer. */
    @Test
    void a_step_that_ends_the_issuer_goes_before_its_renewal() {
        var nearItsEnd = NOW.plus(Duration.ofDays(29));

        var waiting = List.of(proxy("shop/a", true, "old", "any"));
        assertThat(decide(false, waiting, Optional.empty(), nearItsEnd).step()).contains(Step.RENEW);
        var everybody = List.of(proxy("shop/a", true, "both", "any"));
        assertThat(decide(false, everybody, Optional.empty(), nearItsEnd).step())
                .contains(Step.SWITCH);
    }

    private static ProxyTrust proxy(String pod, boolean connected, String bundle, String authority) {
        return new ProxyTrust(pod, connected, Instant.EPOCH, bundle, authority, Optional.empty());
    }

    @Test
    void proxies_that_are_waited_for_are_named_and_those_that_are_away_marked() {
        var decision = decide(
                false,
                List.of(
                        proxy("shop/a", true, "old", "any"),
                        proxy("shop/b", false, "old", "any"),
                        proxy("shop/c", true, "both", "any")));
        assertThat(decision.stage()).isEqualTo(Stage.DISTRIBUTING);
        assertThat(decision.step()).isEmpty();
        assertThat(decision.waiting())
                .contains("2 of 3 proxies do not trust the next anchor and trust domain yet: shop/a, shop/b (not"
                        + " connected).");
        assertThat(decision.proxies()).containsExactly("shop/a", "shop/b (not connected)");
    }

    @Test
    void of_many_proxies_ten_are_named() {
        var proxies = IntStream.range(10, 25)
                .mapToObj(i -> proxy("shop/p" + i, true, "old", "any"))
                .toList();
        assertThat(decide(false, proxies).waiting())
                .get()
                .asString()
                .startsWith("15 of 15 proxies")
                .endsWith("shop/p18, shop/p19 and 5 more.");
    }

    @Test
    void it_is_said_why_a_proxy_whose_kubelet_keeps_its_certificate_is_waited_for() {
        var untold = proxy("shop/a", true, "both", TrustVersions.UNTOLD);
        assertThat(decide(true, List.of(untold, proxy("shop/b", true, "both", "old"))))
                .satisfies(decision -> assertThat(decision.stage()).isEqualTo(Stage.SWITCHING))
                .satisfies(decision -> assertThat(decision.waiting())
                        .get()
                        .asString()
                        .contains("2 of 2 proxies", "The kubelets keep the certificates of 1 of them"));
        assertThat(decide(false, List.of(proxy("shop/a", true, "old", TrustVersions.UNTOLD)))
                        .waiting())
                .as("nobody waits for certificates yet")
                .get()
                .asString()
                .doesNotContain("kubelets");
    }
}
