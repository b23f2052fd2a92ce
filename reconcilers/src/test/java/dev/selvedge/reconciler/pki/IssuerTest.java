// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class IssuerTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String RATINGS = "spiffe://cluster.local/ns/shop/sa/ratings";

    private final Authority authority = new Authority(CLOCK, RANDOM);
    private final KeyAndChain anchor = authority.createAnchor("cluster.local", Duration.ofDays(365));
    private final KeyAndChain intermediate = authority.signIssuer(anchor, "cluster.local", Duration.ofDays(30));
    private final Issuer issuer = new Issuer(intermediate, anchor.chain(), CLOCK, RANDOM);

    @Test
    void whoseClockIsFiveMinutesBehindTakesEveryLevelOnceItIsMade() {
        var workload = issuer.issueWorkload(RATINGS, Duration.ofHours(24)).certificate();
        var serving = issuer.issueServing(List.of("selvedge.svc"), Duration.ofHours(24))
                .certificate();
        var behind = Date.from(NOW.minus(Duration.ofMinutes(5)));
        assertThat(List.of(anchor.certificate(), intermediate.certificate(), workload, serving))
                .allSatisfy(certificate ->
                        assertThatCode(() -> certificate.checkValidity(behind)).doesNotThrowAnyException());
    }

    @Test
    void aWorkloadCertificateCarriesTheIdentityAndNothingElse() throws Exception {
        var workload = issuer.issueWorkload(RATINGS, Duration.ofHours(24));

        assertThat(workload.certificate().getSubjectAlternativeNames()).containsExactly(List.of(6, RATINGS));
        assertThat(workload.certificate().getSubjectX500Principal().getName()).isEmpty();
        assertThat(workload.certificate().getCriticalExtensionOIDs()).contains("2.5.29.17");
        assertThat(workload.certificate().getBasicConstraints()).isEqualTo(-1);
        assertThat(((ECPublicKey) workload.certificate().getPublicKey())
                        .getParams()
                        .getOrder()
                        .bitLength())
                .isEqualTo(256);
        assertThat(workload.chain()).hasSize(2);
        verify(workload.chain());
    }

    @Test
    void aWorkloadCertificateBeginsFiveMinutesBackAndEndsAfterItsLifetime() {
        var workload = issuer.issueWorkload(RATINGS, Duration.ofHours(24));

        assertThat(workload.certificate().getNotBefore().toInstant()).isEqualTo(NOW.minus(Duration.ofMinutes(5)));
        assertThat(workload.notAfter()).isEqualTo(NOW.plus(Duration.ofHours(24)));
    }

    @Test
    void nothingOutlivesItsIssuer() {
        assertThat(authority
                        .signIssuer(anchor, "cluster.local", Duration.ofDays(9999))
                        .notAfter())
                .isEqualTo(anchor.notAfter());
        assertThat(issuer.issueWorkload(RATINGS, Duration.ofDays(31)).notAfter())
                .isEqualTo(intermediate.notAfter());
    }

    @Test
    void anEndedIssuerRefusesToIssue() {
        var later = Clock.fixed(intermediate.notAfter(), ZoneOffset.UTC);
        var ended = new Issuer(intermediate, anchor.chain(), later, RANDOM);

        assertThatThrownBy(() -> ended.issueWorkload(RATINGS, Duration.ofHours(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ended at");
    }

    @Test
    void anEndedAnchorRefusesToSign() {
        var later = new Authority(Clock.fixed(anchor.notAfter(), ZoneOffset.UTC), RANDOM);

        assertThatThrownBy(() -> later.signIssuer(anchor, "cluster.local", Duration.ofDays(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ended at");
    }

    @Test
    void anIdentityOfAnotherTrustDomainDoesNotVerify() {
        var foreign = issuer.issueWorkload("spiffe://evil.example/ns/shop/sa/ratings", Duration.ofHours(1));

        assertThatThrownBy(() -> verify(foreign.chain()))
                .isInstanceOf(CertPathValidatorException.class)
                .hasMessageContaining("name constraints");
    }

    @Test
    void aServingCertificateIsForServicesOnly() throws Exception {
        verify(issuer.issueServing(List.of("selvedge.selvedge-system.svc"), Duration.ofHours(24))
                .chain());

        var outside = issuer.issueServing(List.of("www.example.com"), Duration.ofHours(24));
        assertThatThrownBy(() -> verify(outside.chain())).isInstanceOf(CertPathValidatorException.class);
    }

    @Test
    void aLeafSignsNothing() {
        var leaf = issuer.issueWorkload(RATINGS, Duration.ofHours(24)).certificate();

        assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
        assertThat(leaf.getKeyUsage()[5]).as("keyCertSign").isFalse();
    }

    @Test
    void anIssuerSignsNoFurtherIssuer() {
        var rogue = authority.signIssuer(intermediate, "cluster.local", Duration.ofDays(1));
        var leaf = new Issuer(rogue, anchor.chain(), CLOCK, RANDOM).issueWorkload(RATINGS, Duration.ofHours(1));

        assertThatThrownBy(() -> verify(List.of(leaf.certificate(), rogue.certificate(), intermediate.certificate())))
                .isInstanceOf(CertPathValidatorException.class)
                .hasMessageContaining("pathLenConstraint");
    }

    @Test
    void pemRoundTrips() throws Exception {
        var read = Issuer.fromPem(
                intermediate.chainPem(), intermediate.keyPem(), Pem.write(anchor.chain()), CLOCK, RANDOM);

        assertThat(read.anchors()).isEqualTo(anchor.chain());
        verify(read.issueWorkload(RATINGS, Duration.ofHours(1)).chain());
    }

    @Test
    void unreadablePemIsRefusedWithoutQuotingIt() {
        assertThatThrownBy(() -> Pem.readKey("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("c2VjcmV0");
        assertThatThrownBy(() -> Pem.readKey("")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Pem.readCertificates("")).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @EnumSource(KeyAlgorithm.class)
    void authoritiesOfEveryAlgorithmSignForOneAnother(KeyAlgorithm algorithm) throws Exception {
        var other = new Authority(CLOCK, RANDOM, algorithm);
        var otherAnchor = other.createAnchor("cluster.local", Duration.ofDays(365));
        // The spec changed between the two.
        var otherIssuer = authority.signIssuer(otherAnchor, "cluster.local", Duration.ofDays(30));
        var leaf =
                new Issuer(otherIssuer, otherAnchor.chain(), CLOCK, RANDOM).issueWorkload(RATINGS, Duration.ofHours(1));

        verify(leaf.chain(), otherAnchor);
        var nextIssuer = other.signIssuer(anchor, "cluster.local", Duration.ofDays(30));
        verify(Issuer.fromPem(nextIssuer.chainPem(), nextIssuer.keyPem(), Pem.write(anchor.chain()), CLOCK, RANDOM)
                .issueWorkload(RATINGS, Duration.ofHours(1))
                .chain());
    }

    @Test
    void theAnchorThatVouchesForTheIssuerIsFoundAmongSeveral() {
        var another = authority.createAnchor("cluster.local", Duration.ofDays(365));

        assertThat(new Issuer(intermediate, List.of(another.certificate(), anchor.certificate()), CLOCK, RANDOM)
                        .signer())
                .contains(anchor.certificate());
        assertThat(new Issuer(intermediate, another.chain(), CLOCK, RANDOM).signer())
                .isEmpty();
    }

    @Test
    void keysDoNotShowInTextOrJson() throws Exception {
        var json = new ObjectMapper().writeValueAsString(intermediate);

        assertThat(json).contains("redacted").hasSizeLessThan(200);
        assertThat(intermediate.toString()).contains("redacted");
        assertThat(issuer.toString()).contains("redacted");
    }

    private void verify(List<X509Certificate> chain) throws GeneralSecurityException {
        verify(chain, anchor);
    }

    private static void verify(List<X509Certificate> chain, KeyAndChain anchor) throws GeneralSecurityException {
        var jdk = CertificateFactory.getInstance("X.509");
        var trust = new PKIXParameters(Set.of(new TrustAnchor(anchor.certificate(), null)));
        trust.setRevocationEnabled(false);
        trust.setDate(Date.from(NOW));
        CertPathValidator.getInstance("PKIX").validate(jdk.generateCertPath(new ArrayList<>(chain)), trust);
    }
}
