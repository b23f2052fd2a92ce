// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.jspecify.annotations.Nullable;

/** Authorities as somebody else makes them, with whatever is wrong with them. */
final class Authorities {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

    private Authorities() {}

    record Made(KeyPair keys, X509Certificate certificate) {
        Making signs(String name) {
            return new Making(name, this);
        }
    }

    static Made root(String name) {
        return signedByItself(name).make();
    }

    static Making signedByItself(String name) {
        return new Making(name, null);
    }

    static final class Making {
        private final String name;
        private final @Nullable Made signer;
        private final List<GeneralSubtree> permitted = new ArrayList<>();
        private KeyPair keys = KeyAlgorithm.ECDSA_P256.newKey(RANDOM);
        private BasicConstraints basic = new BasicConstraints(true);
        private int usage = KeyUsage.keyCertSign | KeyUsage.cRLSign;
        private Instant from = BEGIN;
        private Instant until = BEGIN.plus(Duration.ofDays(365));

        private Making(String name, @Nullable Made signer) {
            this.name = name;
            this.signer = signer;
        }

        Making notAuthority() {
            basic = new BasicConstraints(false);
            return this;
        }

        Making mayNotSign() {
            usage = KeyUsage.digitalSignature;
            return this;
        }

        Making pathLength(int length) {
            basic = new BasicConstraints(length);
            return this;
        }

        Making from(Instant time) {
            from = time;
            return this;
        }

        Making until(Instant time) {
            until = time;
            return this;
        }

        Making keys(KeyPair others) {
            keys = others;
            return this;
        }

        Making permitting(String trustDomain) {
            permitted.add(new GeneralSubtree(new GeneralName(GeneralName.uniformResourceIdentifier, trustDomain)));
            return this;
        }

        Making permittingDns(String name) {
            permitted.add(new GeneralSubtree(new GeneralName(GeneralName.dNSName, name)));
            return this;
        }

        Made make() {
            var subject = new X500Name("CN=" + name);
            var issuer = signer == null
                    ? subject
                    : new X500Name(
                            signer.certificate().getSubjectX500Principal().getName());
            var signing = signer == null ? keys : signer.keys();
            try {
                var builder = new JcaX509v3CertificateBuilder(
                        issuer,
                        new BigInteger(64, RANDOM),
                        Date.from(from),
                        Date.from(until),
                        subject,
                        keys.getPublic());
                builder.addExtension(Extension.basicConstraints, true, basic);
                builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
                Certificates.identifyKeys(builder, keys.getPublic(), signing.getPublic());
                if (!permitted.isEmpty()) {
                    builder.addExtension(
                            Extension.nameConstraints,
                            true,
                            new NameConstraints(permitted.toArray(GeneralSubtree[]::new), null));
                }
                return new Made(keys, Certificates.sign(builder, signing.getPrivate(), RANDOM));
            } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
                throw new AssertionError(e);
            }
        }
    }
}
