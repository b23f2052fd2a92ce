// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.Certificates;
import dev.selvedge.reconciler.pki.KeyAndChain;
import dev.selvedge.reconciler.pki.Pem;
import dev.selvedge.reconciler.pki.TrustSecrets;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ExpiryMetricsTest {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");
    private static final Clock CLOCK = Clock.fixed(START, ZoneOffset.UTC);
    private static final SecureRandom RANDOM = new SecureRandom();

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final IssuerWatch issuers = new IssuerWatch(CLOCK, RANDOM);
    private final ServingKeyManager serving =
            new ServingKeyManager(issuers::serving, List.of("selvedge.svc"), CLOCK, meters);
    private Optional<Instant> workloads = Optional.empty();

    @Test
    void each_anchor_and_issuer_tells_when_it_ends_and_so_do_servers_and_proxies() {
        ExpiryMetrics.register(meters, issuers, serving, () -> workloads);
        for (var level : List.of("serving", "workload")) {
            assertThat(end(level, "")).as(level).isNaN();
        }

        var authority = new Authority(CLOCK, RANDOM);
        var anchor = authority.createAnchor("cluster.local", Duration.ofDays(300));
        var next = authority.createAnchor("cluster.local", Duration.ofDays(400));
        var other = authority.createAnchor("cluster.local", Duration.ofDays(50));
        var issuer = authority.signIssuer(anchor, "cluster.local", Duration.ofDays(30));
        store(Map.of(
                TrustSecrets.CERTIFICATE, issuer.chainPem(),
                TrustSecrets.KEY, issuer.keyPem(),
                TrustSecrets.BUNDLE, Pem.write(List.of(next.certificate(), anchor.certificate())),
                TrustSecrets.ADDITIONAL, other.chainPem()));
        serving.renew();
        workloads = Optional.of(START.plus(Duration.ofHours(7)));

        assertThat(end("anchor", fingerprint(anchor))).isEqualTo(in(Duration.ofDays(300)));
        assertThat(end("anchor", fingerprint(next))).isEqualTo(in(Duration.ofDays(400)));
        assertThat(end("additional", fingerprint(other))).isEqualTo(in(Duration.ofDays(50)));
        assertThat(end("issuer", fingerprint(issuer))).isEqualTo(in(Duration.ofDays(30)));
        assertThat(end("serving", "")).isEqualTo(in(Duration.ofHours(24)));
        assertThat(end("workload", "")).isEqualTo(in(Duration.ofHours(7)));
    }

    @Test
    void both_issuers_tell_it_while_one_follows_the_other_and_what_is_gone_tells_nothing() {
        ExpiryMetrics.register(meters, issuers, serving, () -> workloads);
        var authority = new Authority(CLOCK, RANDOM);
        var old = authority.createAnchor("cluster.local", Duration.ofDays(300));
        var next = authority.createAnchor("cluster.local", Duration.ofDays(400));
        var before = authority.signIssuer(old, "cluster.local", Duration.ofDays(20));
        var now = authority.signIssuer(next, "cluster.local", Duration.ofDays(30));
        store(Map.of(
                TrustSecrets.CERTIFICATE, now.chainPem(),
                TrustSecrets.KEY, now.keyPem(),
                TrustSecrets.PREVIOUS_CERTIFICATE, before.chainPem(),
                TrustSecrets.PREVIOUS_KEY, before.keyPem(),
                TrustSecrets.BUNDLE, Pem.write(List.of(next.certificate(), old.certificate()))));
        assertThat(fingerprints("issuer")).containsExactlyInAnyOrder(fingerprint(before), fingerprint(now));
        assertThat(fingerprints("anchor")).containsExactlyInAnyOrder(fingerprint(old), fingerprint(next));

        store(Map.of(
                TrustSecrets.CERTIFICATE, now.chainPem(),
                TrustSecrets.KEY, now.keyPem(),
                TrustSecrets.BUNDLE, next.chainPem()));
        assertThat(fingerprints("issuer")).containsExactly(fingerprint(now));
        assertThat(fingerprints("anchor")).containsExactly(fingerprint(next));
    }

    private static String fingerprint(KeyAndChain of) {
        return Certificates.fingerprint(of.certificate());
    }

    private List<String> fingerprints(String level) {
        return meters.get("selvedge.certificate.not.after").tag("level", level).gauges().stream()
                .map(gauge -> gauge.getId().getTag("fingerprint"))
                .toList();
    }

    private void store(Map<String, String> entries) {
        var data = new HashMap<String, String>();
        entries.forEach((name, text) ->
                data.put(name, Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII))));
        issuers.onAdd(new SecretBuilder().withData(data).build());
    }

    private double end(String level, String fingerprint) {
        return meters.get("selvedge.certificate.not.after")
                .tags("level", level, "fingerprint", fingerprint)
                .gauge()
                .value();
    }

    private static double in(Duration time) {
        return START.plus(time).getEpochSecond();
    }
}
