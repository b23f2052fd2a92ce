// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.operator.OperatorCreationException;
import org.jspecify.annotations.Nullable;

/** Makes keys and signs their certificates, for workloads and for our own servers. Safe for concurrent use. */
public final class Issuer {
    private static final X500Name NO_SUBJECT = new X500Name(new RDN[0]);
    private static final ExtendedKeyUsage WORKLOAD_USAGE =
            new ExtendedKeyUsage(new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth});

    private final KeyAndChain issuer;
    private final List<X509Certificate> anchors;
    private final X500Name name;
    private final @Nullable X509Certificate signer;
    private final Instant notAfter;
    private final Scope scope;
    private final Clock clock;
    private final SecureRandom random;

    /**
     * @param issuer an intermediate: its key and its certificate, without the anchor
     * @param anchors what verifiers trust
     */
    public Issuer(KeyAndChain issuer, List<X509Certificate> anchors, Clock clock, SecureRandom random) {
        this(issuer, anchors, Scope.ANY, clock, random);
    }

    /**
     * What goes with an issuer besides those that vouch for it.
     *
     * @param trustDomain of the workloads that it signs for; null for whatever the mesh says
     * @param additional anchors that workloads trust, and that do not vouch for our own servers
     */
    public record Scope(@Nullable String trustDomain, List<X509Certificate> additional) {
        static final Scope ANY = new Scope(null, List.of());

        public Scope {
            additional = List.copyOf(additional);
        }
    }

    /** @param scope for whom it signs */
    public Issuer(KeyAndChain issuer, List<X509Certificate> anchors, Scope scope, Clock clock, SecureRandom random) {
        this.scope = scope;
        this.issuer = issuer;
        this.anchors = List.copyOf(anchors);
        this.clock = clock;
        this.random = random;
        this.signer = Certificates.signer(issuer.chain().getLast(), anchors).orElse(null);
        this.notAfter = Certificates.end(issuer.chain(), Optional.ofNullable(signer));
        try {
            this.name = new JcaX509CertificateHolder(issuer.certificate()).getSubject();
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the issuer's certificate cannot be encoded", e);
        }
    }

    /** From the three entries of the Secret that the rotation writes. */
    public static Issuer fromPem(String tlsCrt, String tlsKey, String caCrt, Clock clock, SecureRandom random) {
        return new Issuer(KeyAndChain.fromPem(tlsCrt, tlsKey), Pem.readCertificates(caCrt), clock, random);
    }

    /** A workload's key and SPIFFE certificate (X.509-SVID), good for both ends of a connection. */
    public KeyAndChain issueWorkload(String spiffeId, Duration lifetime) {
        return issue(workloadNames(spiffeId), WORKLOAD_USAGE, lifetime);
    }

    private static GeneralNames workloadNames(String spiffeId) {
        return new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, spiffeId));
    }

    /** A key and certificate for a server of our own, such as the webhook. */
    public KeyAndChain issueServing(List<String> dnsNames, Duration lifetime) {
        if (dnsNames.isEmpty()) {
            throw new IllegalArgumentException("a serving certificate needs a DNS name");
        }
        return issue(
                new GeneralNames(dnsNames.stream()
                        .map(dns -> new GeneralName(GeneralName.dNSName, dns))
                        .toArray(GeneralName[]::new)),
                new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth),
                lifetime);
    }

    /** The anchors of the mesh, by which our own servers are known. */
    public List<X509Certificate> anchors() {
        return anchors;
    }

    /** Anchors beside those of the mesh, that workloads trust. */
    public List<X509Certificate> additional() {
        return scope.additional();
    }

    /** What workloads trust. */
    public List<X509Certificate> trusted() {
        return Stream.concat(anchors.stream(), scope.additional().stream())
                .distinct()
                .toList();
    }

    /** The trust domain of the workloads that it signs for. */
    public String trustDomain(String otherwise) {
        return scope.trustDomain() == null ? otherwise : scope.trustDomain();
    }

    /** The anchor that vouches for the issuer; empty when none of {@link #anchors()} does. */
    public Optional<X509Certificate> signer() {
        return Optional.ofNullable(signer);
    }

    /** The issuer's own certificate, which tells one issuer from another. */
    public X509Certificate certificate() {
        return issuer.certificate();
    }

    /** When the issuer or anything above it ends; no leaf lives longer. */
    public Instant notAfter() {
        return notAfter;
    }

    /**
     * Signs somebody else's key for a workload.
     *
     * @return the certificate and those that vouch for it, without the anchor
     */
    public List<X509Certificate> signWorkload(PublicKey key, String spiffeId, Instant notBefore, Instant end) {
        if (!notAfter.isAfter(clock.instant())) {
            throw new IssuerEndedException(notAfter);
        }
        // A certificate begins before the time that it is made at.
        var made = notBefore.plus(Certificates.BACKDATED);
        return sign(key, workloadNames(spiffeId), WORKLOAD_USAGE, made, end);
    }

    private KeyAndChain issue(GeneralNames names, ExtendedKeyUsage usage, Duration lifetime) {
        var now = clock.instant();
        if (!notAfter.isAfter(now)) {
            throw new IssuerEndedException(notAfter);
        }
        var keys = KeyAlgorithm.ECDSA_P256.newKey(random);
        return new KeyAndChain(keys.getPrivate(), sign(keys.getPublic(), names, usage, now, now.plus(lifetime)));
    }

    private List<X509Certificate> sign(
            PublicKey key, GeneralNames names, ExtendedKeyUsage usage, Instant now, Instant wished) {
        try {
            var end = Certificates.earlier(wished, notAfter);
            var builder = Certificates.begin(name, NO_SUBJECT, key, now, end, random);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, false, usage);
            // Critical, because the subject is empty (RFC 5280, 4.2.1.6).
            builder.addExtension(Extension.subjectAlternativeName, true, names);
            Certificates.identifyKeys(builder, key, issuer.certificate().getPublicKey());
            var leaf = Certificates.sign(builder, issuer.key(), random);
            return Stream.concat(Stream.of(leaf), issuer.chain().stream()).toList();
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException("a certificate cannot be made", e);
        }
    }

    @Override
    public String toString() {
        return "Issuer[" + issuer + "]";
    }
}
