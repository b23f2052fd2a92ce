// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.operator.compile.Served;
import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.Issuer;
import dev.selvedge.reconciler.pki.KeyAndChain;
import dev.selvedge.reconciler.trust.TrustVersions;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class KubeletCertificateTest {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Authority AUTHORITY = new Authority(Clock.fixed(START, ZoneOffset.UTC), RANDOM);
    private static final String IDENTITY = "0123456789abcdef";

    private final KeyAndChain anchor = AUTHORITY.createAnchor("cluster.local", Duration.ofDays(365));
    private final Issuer issuer = new Issuer(
            AUTHORITY.signIssuer(anchor, "cluster.local", Duration.ofDays(30)),
            anchor.chain(),
            Clock.fixed(START, ZoneOffset.UTC),
            RANDOM);

    private Duration longest = Duration.ofHours(24);

    private Served after(Duration age, @Nullable String held) {
        return KubeletCertificate.secret(
                new KubeletCertificate.Wanted(
                        WorkloadCertificates.key(WorkloadCertificates.WORKLOAD, new ObjectName("shop", "a")),
                        IDENTITY,
                        "cluster.local",
                        longest),
                "/var/run/selvedge/credentials",
                issuer,
                held,
                START.plus(age));
    }

    @Test
    void the_secret_has_no_key_but_says_where_it_is() throws Exception {
        var response =
                DeltaDiscoveryResponse.parseFrom(after(Duration.ZERO, null).wire());
        var certificate =
                response.getResources(0).getResource().unpack(Secret.class).getTlsCertificate();
        assertThat(certificate.getPrivateKey().getFilename()).isEqualTo("/var/run/selvedge/credentials/bundle.pem");
        assertThat(certificate.getCertificateChain()).isEqualTo(certificate.getPrivateKey());
        assertThat(certificate.getWatchedDirectory().getPath()).isEqualTo("/var/run/selvedge/credentials");
    }

    /** A stage of a rotation waits until it names the new anchor: by then no certificate of the old is left. */
    @Test
    void it_names_its_anchor_when_everything_that_was_signed_before_has_ended() {
        var before = after(Duration.ofHours(24), null).version();
        assertThat(WorkloadCertificates.anchorOf(before)).isEqualTo(TrustVersions.UNTOLD);
        var looked = WorkloadCertificates.renewAt(before);
        assertThat(looked).isBetween(START.plus(Duration.ofHours(24)), START.plus(Duration.ofHours(25)));

        var settled = after(Duration.between(START, looked), before).version();
        assertThat(WorkloadCertificates.anchorOf(settled))
                .isEqualTo(TrustVersions.authority(anchor.certificate(), "cluster.local"));
        assertThat(WorkloadCertificates.renewAt(settled)).isAfter(START.plus(Duration.ofDays(3650)));
    }

    @Test
    void it_is_known_the_sooner_the_shorter_certificates_live_by_the_volume_of_the_pod() {
        longest = Duration.ofHours(1);
        assertThat(WorkloadCertificates.renewAt(after(Duration.ZERO, null).version()))
                .isEqualTo(START.plus(Duration.ofMinutes(65)));
    }

    @Test
    void what_a_proxy_holds_is_not_sent_again_and_claims_no_end() {
        var version = after(Duration.ZERO, null).version();
        assertThat(after(Duration.ofHours(1), version).wire()).isNull();
        assertThat(WorkloadCertificates.lifespan(version)).isEmpty();
    }
}
