// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.operator.OperatorCreationException;

/** Makes the trust anchor and signs issuers with it. Only the rotation Job does this; the operator never has the key. */
public final class Authority {
    private final Clock clock;
    private final SecureRandom random;

    private final KeyAlgorithm algorithm;

    /** Makes P-256 keys. */
    public Authority(Clock clock, SecureRandom random) {
        this(clock, random, KeyAlgorithm.ECDSA_P256);
    }

    /** @param algorithm of the keys that it makes; it signs with whatever key the anchor has */
    public Authority(Clock clock, SecureRandom random, KeyAlgorithm algorithm) {
        this.clock = clock;
        this.random = random;
        this.algorithm = algorithm;
    }

    /** A new self-signed trust anchor that may sign issuers of this trust domain and nothing below them but leaves. */
    public KeyAndChain createAnchor(String trustDomain, Duration lifetime) {
        var keys = algorithm.newKey(random);
        var name = name("Selvedge trust anchor", trustDomain, keys);
        var now = clock.instant();
        return certify(keys, name, name, keys, 1, trustDomain, now, now.plus(lifetime));
    }

    /**
     * A new issuer under the anchor. Its name constraints bind every certificate that it will ever sign: SPIFFE IDs of
     * the trust domain, and DNS names of Services of the cluster. It never outlives the anchor.
     */
    public KeyAndChain signIssuer(KeyAndChain anchor, String trustDomain, Duration lifetime) {
        var now = clock.instant();
        if (!anchor.notAfter().isAfter(now)) {
            throw new IllegalStateException("the trust anchor ended at " + anchor.notAfter());
        }
        try {
            var issuer = new JcaX509CertificateHolder(anchor.certificate()).getSubject();
            var signer = new KeyPair(anchor.certificate().getPublicKey(), anchor.key());
            var notAfter = Certificates.earlier(now.plus(lifetime), anchor.notAfter());
            var keys = algorithm.newKey(random);
            var subject = name("Selvedge issuer", trustDomain, keys);
            return certify(keys, subject, issuer, signer, 0, trustDomain, now, notAfter);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the trust anchor's certificate cannot be encoded", e);
        }
    }

    /** Whether an anchor of ours was made for that trust domain, and so vouches for no other. */
    public static boolean isFor(X509Certificate anchor, String trustDomain) {
        var extension = anchor.getExtensionValue(Extension.nameConstraints.getId());
        try {
            return extension != null
                    && Arrays.equals(
                            ASN1OctetString.getInstance(extension).getOctets(),
                            permitted(trustDomain).getEncoded());
        } catch (IOException e) {
            throw new IllegalStateException("constraints of one name can be encoded", e);
        }
    }

    private KeyAndChain certify(
            KeyPair keys,
            X500Name subject,
            X500Name issuer,
            KeyPair signer,
            int pathLength,
            String trustDomain,
            Instant now,
            Instant notAfter) {
        try {
            var builder = Certificates.begin(issuer, subject, keys.getPublic(), now, notAfter, random);
            extend(builder, keys.getPublic(), signer.getPublic(), pathLength, trustDomain);
            return new KeyAndChain(keys.getPrivate(), List.of(Certificates.sign(builder, signer.getPrivate(), random)));
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException("the certificate of an authority cannot be made", e);
        }
    }

    private static void extend(
            X509v3CertificateBuilder builder, PublicKey subject, PublicKey issuer, int pathLength, String trustDomain)
            throws IOException, GeneralSecurityException {
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(pathLength));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        builder.addExtension(Extension.nameConstraints, true, permitted(trustDomain));
        Certificates.identifyKeys(builder, subject, issuer);
    }

    /**
     * On the anchor as well as on the issuer, since implementations differ in which of the two they look at (the JDK
     * ignores those of the anchor).
     */
    private static NameConstraints permitted(String trustDomain) {
        return new NameConstraints(
                new GeneralSubtree[] {
                    new GeneralSubtree(new GeneralName(GeneralName.uniformResourceIdentifier, trustDomain)),
                    new GeneralSubtree(new GeneralName(GeneralName.dNSName, "svc")),
                    new GeneralSubtree(new GeneralName(GeneralName.dNSName, "cluster.local"))
                },
                null);
    }

    /** A name of its own for each key: equal names make path building guess, and do not count as a level of a path. */
    private static X500Name name(String role, String trustDomain, KeyPair keys) {
        return new X500NameBuilder()
                .addRDN(BCStyle.O, trustDomain)
                .addRDN(
                        BCStyle.CN,
                        role + " " + Certificates.fingerprint(keys.getPublic()).substring(0, 8))
                .build();
    }
}
