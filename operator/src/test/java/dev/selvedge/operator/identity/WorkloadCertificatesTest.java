// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.selvedge.compiler.model.Identity;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.TrustDomains;
import dev.selvedge.operator.compile.Served;
import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.Issuer;
import dev.selvedge.reconciler.pki.KeyAndChain;
import dev.selvedge.reconciler.pki.Lifespan;
import dev.selvedge.reconciler.pki.Pem;
import dev.selvedge.reconciler.trust.TrustVersions;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class WorkloadCertificatesTest {
    private static final ObjectName POD = new ObjectName("shop", "client");
    private static final String ID = "spiffe://cluster.local/ns/shop/sa/buyer";
    private static final Identity BUYER = identity("buyer");
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private Issuer issuer = issuer(Duration.ofDays(7));

    private static Identity identity(String serviceAccount) {
        return new Identity(TrustDomains.of("cluster.local"), new ObjectName("shop", serviceAccount));
    }

    private static Issuer issuer(Duration lifetime) {
        var clock = Clock.fixed(START, ZoneOffset.UTC);
        var authority = new Authority(clock, RANDOM);
        var anchor = authority.createAnchor("cluster.local", Duration.ofDays(30));
        return new Issuer(
                authority.signIssuer(anchor, "cluster.local", lifetime), List.of(anchor.certificate()), clock, RANDOM);
    }

    private WorkloadCertificates at(Instant now) {
        return new WorkloadCertificates(
                () -> Optional.of(issuer),
                () -> Duration.ofHours(24),
                Clock.fixed(now, ZoneOffset.UTC),
                new Random(1),
                meters);
    }

    @Test
    void a_workload_gets_a_key_and_a_certificate_of_its_identity() throws Exception {
        var secret = secret(at(START).secret("workload", POD, BUYER, null).orElseThrow());
        var chain = Pem.readCertificates(secret.getTlsCertificate()
                .getCertificateChain()
                .getInlineBytes()
                .toStringUtf8());
        assertThat(uris(chain.getFirst())).containsExactly(ID);
        assertThat(chain.getFirst().getPublicKey().getAlgorithm()).isEqualTo("EC");
        chain.getFirst().verify(issuer.certificate().getPublicKey());
    }

    private static List<Object> uris(X509Certificate certificate) throws Exception {
        return certificate.getSubjectAlternativeNames().stream()
                .<Object>map(name -> name.get(1))
                .toList();
    }

    @Test
    void trust_is_the_anchors_of_the_own_trust_domain_alone() throws Exception {
        var secret = secret(at(START).secret("trust", POD, BUYER, null).orElseThrow());
        var validator = secret.getValidationContext()
                .getCustomValidatorConfig()
                .getTypedConfig()
                .unpack(SPIFFECertValidatorConfig.class);
        assertThat(validator.getTrustDomainsList()).singleElement().satisfies(domain -> {
            assertThat(domain.getName()).isEqualTo("cluster.local");
            assertThat(domain.getTrustBundle().getInlineBytes().toStringUtf8()).isEqualTo(Pem.write(issuer.anchors()));
        });
        assertThat(secret.getValidationContext().hasTrustedCa()).isFalse();
    }

    @Test
    void while_the_mesh_moves_both_trust_domains_are_trusted_and_the_issuer_says_which_a_certificate_is_of()
            throws Exception {
        var moving = new Identity(new TrustDomains("new.example", List.of("cluster.local")), BUYER.serviceAccount());
        issuer = in("cluster.local");
        var before = at(START).secret("workload", POD, moving, null).orElseThrow();
        var trust = secret(at(START).secret("trust", POD, moving, null).orElseThrow())
                .getValidationContext()
                .getCustomValidatorConfig()
                .getTypedConfig()
                .unpack(SPIFFECertValidatorConfig.class);
        assertThat(trust.getTrustDomainsList())
                .extracting(SPIFFECertValidatorConfig.TrustDomain::getName)
                .containsExactly("cluster.local", "new.example");
        assertThat(uris(leaf(before))).containsExactly(ID);

        issuer = in("new.example");
        var after = at(START).secret("workload", POD, moving, before.version()).orElseThrow();
        assertThat(uris(leaf(after))).containsExactly("spiffe://new.example/ns/shop/sa/buyer");
        assertThat(WorkloadCertificates.anchorOf(after.version()))
                .isNotEqualTo(WorkloadCertificates.anchorOf(before.version()));
    }

    private static Issuer in(String trustDomain) {
        var clock = Clock.fixed(START, ZoneOffset.UTC);
        var authority = new Authority(clock, RANDOM);
        var anchor = authority.createAnchor(trustDomain, Duration.ofDays(30));
        var keys = authority.signIssuer(anchor, trustDomain, Duration.ofDays(7));
        return new Issuer(keys, anchor.chain(), new Issuer.Scope(trustDomain, List.of()), clock, RANDOM);
    }

    private static X509Certificate leaf(Served served) throws Exception {
        return Pem.readCertificates(secret(served)
                        .getTlsCertificate()
                        .getCertificateChain()
                        .getInlineBytes()
                        .toStringUtf8())
                .getFirst();
    }

    @Test
    void another_issuer_of_the_same_anchor_is_no_reason_for_a_new_certificate() {
        var authority = new Authority(Clock.fixed(START, ZoneOffset.UTC), RANDOM);
        var anchor = authority.createAnchor("cluster.local", Duration.ofDays(30));
        issuer = under(authority, anchor);
        var version =
                at(START).secret("workload", POD, BUYER, null).orElseThrow().version();
        issuer = under(authority, anchor);
        assertThat(anew(START, BUYER, version)).isFalse();
        assertThat(WorkloadCertificates.anchorOf(version))
                .isEqualTo(TrustVersions.authority(anchor.certificate(), "cluster.local"));
    }

    private static Issuer under(Authority authority, KeyAndChain anchor) {
        return new Issuer(
                authority.signIssuer(anchor, "cluster.local", Duration.ofDays(7)),
                anchor.chain(),
                Clock.fixed(START, ZoneOffset.UTC),
                RANDOM);
    }

    @Test
    void while_two_anchors_are_trusted_both_are_sent_and_the_version_says_so() {
        var another = new Authority(Clock.fixed(START, ZoneOffset.UTC), RANDOM)
                .createAnchor("cluster.local", Duration.ofDays(30));
        var both = List.of(issuer.anchors().getFirst(), another.certificate());
        issuer = new Issuer(keysOf(), both, Clock.fixed(START, ZoneOffset.UTC), RANDOM);
        var trust = at(START).secret("trust", POD, BUYER, null).orElseThrow();
        assertThat(trust.version()).isEqualTo(TrustVersions.bundle(new TreeMap<>(Map.of("cluster.local", both))));
        assertThat(trust.version())
                .isNotEqualTo(TrustVersions.bundle(new TreeMap<>(Map.of("cluster.local", both.subList(0, 1)))));
    }

    @Test
    void there_are_no_other_secrets() {
        assertThat(at(START).secret("admin", POD, BUYER, null)).isEmpty();
    }

    @Test
    void renewal_is_due_around_half_life() {
        var version =
                at(START).secret("workload", POD, BUYER, null).orElseThrow().version();
        assertThat(WorkloadCertificates.renewAt(version))
                .isBetween(START.plus(Duration.ofMinutes(24 * 60 * 45 / 100)), START.plus(Duration.ofHours(14)));
    }

    @Test
    void the_version_says_when_the_certificate_was_made_and_when_it_ends() {
        var version =
                at(START).secret("workload", POD, BUYER, null).orElseThrow().version();
        assertThat(WorkloadCertificates.lifespan(version))
                .contains(new Lifespan(START, START.plus(Duration.ofHours(24))));
        assertThat(WorkloadCertificates.lifespan("nonsense")).isEmpty();
        assertThat(WorkloadCertificates.lifespan("1-fffffffffffff-2-3")).isEmpty();
        assertThat(WorkloadCertificates.lifespan("1-x-2-3")).isEmpty();
    }

    @Test
    void a_proxy_that_comes_back_to_any_replica_keeps_its_certificate_while_it_is_good() {
        var version =
                at(START).secret("workload", POD, BUYER, null).orElseThrow().version();
        var again = at(START.plus(Duration.ofHours(10)))
                .secret("workload", POD, BUYER, version)
                .orElseThrow();
        assertThat(again.version()).isEqualTo(version);
        assertThat(again.wire()).isNull();
        assertThat(issued()).isEqualTo(1);
    }

    @Test
    void a_certificate_is_made_anew_when_it_is_due_or_for_somebody_else_or_of_another_issuer() {
        var version =
                at(START).secret("workload", POD, BUYER, null).orElseThrow().version();
        assertThat(anew(START.plus(Duration.ofHours(14)), BUYER, version)).isTrue();
        assertThat(anew(START, identity("admin"), version)).isTrue();
        assertThat(anew(START, BUYER, "nonsense")).isTrue();
        assertThat(anew(START, BUYER, "ffffffffff" + version.substring(version.indexOf('-'))))
                .as("a version that claims to be good for ever")
                .isTrue();
        issuer = issuer(Duration.ofDays(7));
        assertThat(anew(START, BUYER, version)).isTrue();
    }

    private boolean anew(Instant now, Identity who, String held) {
        return at(now).secret("workload", POD, who, held).orElseThrow().wire() != null;
    }

    @Test
    void an_issuer_at_its_end_does_not_cause_a_storm_of_renewals() {
        issuer = issuer(Duration.ofSeconds(20));
        var version =
                at(START).secret("workload", POD, BUYER, null).orElseThrow().version();
        assertThat(WorkloadCertificates.renewAt(version)).isEqualTo(START.plusSeconds(60));
    }

    @Test
    void a_secret_does_not_show_its_key() throws Exception {
        var served = at(START).secret("workload", POD, BUYER, null).orElseThrow();
        var key = secret(served)
                .getTlsCertificate()
                .getPrivateKey()
                .getInlineBytes()
                .toStringUtf8();
        assertThat(key).contains("PRIVATE KEY");
        assertThat(served.toString()).doesNotContain("PRIVATE").hasSizeLessThan(120);
    }

    @Test
    void without_an_issuer_there_are_no_secrets() {
        var none = new WorkloadCertificates(
                Optional::empty, () -> Duration.ofHours(24), Clock.fixed(START, ZoneOffset.UTC), new Random(1), meters);
        assertThat(none.secret("workload", POD, BUYER, null)).isEmpty();
    }

    @Test
    void an_ended_issuer_is_an_error_and_not_an_absent_secret() {
        var later = Clock.fixed(START.plus(Duration.ofDays(8)), ZoneOffset.UTC);
        var ended = new Issuer(keysOf(), issuer.anchors(), later, RANDOM);
        issuer = ended;
        assertThatThrownBy(() -> at(later.instant()).secret("workload", POD, BUYER, null))
                .isInstanceOf(IllegalStateException.class);
    }

    private static KeyAndChain keysOf() {
        var authority = new Authority(Clock.fixed(START, ZoneOffset.UTC), RANDOM);
        return authority.signIssuer(
                authority.createAnchor("cluster.local", Duration.ofDays(30)), "cluster.local", Duration.ofDays(7));
    }

    private double issued() {
        return meters.get("selvedge.certificates.issued").counter().count();
    }

    private static Secret secret(Served served) throws Exception {
        var response = DeltaDiscoveryResponse.parseFrom(served.wire());
        return response.getResources(0).getResource().unpack(Secret.class);
    }
}
