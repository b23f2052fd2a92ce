// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import static dev.selvedge.reconciler.pki.ProvidedIssuer.subject;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What certificates of authorities say of themselves: whether they may sign, how deep, and for how long. */
final class AuthorityChecks {
    private static final int KEY_CERT_SIGN = 5;
    private static final int LEAST_RSA_BITS = 2048;
    private static final int P256_BITS = 256;
    private static final int P384_BITS = 384;
    private static final String NOT_AN_ANCHOR =
            " is not signed by itself, so proxies do not take it for a trust anchor. Use the root that signed it.";
    private static final byte[] PROBE = {1, 2, 3};

    private AuthorityChecks() {}

    /** What is wrong with the issuer, its chain or its anchor; empty when nothing is. */
    static Optional<String> mistake(ProvidedIssuer.Usable provided, Instant now) {
        if (!matches(provided.issuer())) {
            return Optional.of("tls.key is not the key of the first certificate in tls.crt.");
        }
        var path = path(provided);
        for (int below = 0; below < path.size(); below++) {
            var mistake = authority(path.get(below), below, now);
            if (mistake.isPresent()) {
                return mistake;
            }
        }
        for (int i = 0; i + 1 < path.size(); i++) {
            if (!Certificates.isSignedBy(path.get(i), path.get(i + 1))) {
                return Optional.of(subject(path.get(i)) + " is not signed by the certificate that follows it, "
                        + subject(path.get(i + 1)) + ". Order tls.crt from the issuer to the anchor.");
            }
        }
        return isSelfSigned(provided.anchor())
                ? Optional.empty()
                : Optional.of(subject(provided.anchor()) + NOT_AN_ANCHOR);
    }

    /** From the issuer to the anchor. */
    static List<X509Certificate> path(ProvidedIssuer.Usable provided) {
        var path = new ArrayList<>(provided.issuer().chain());
        if (!path.getLast().equals(provided.anchor())) {
            path.add(provided.anchor());
        }
        return path;
    }

    /** What is wrong with an anchor that is only trusted, of whatever it signs; empty when nothing is. */
    static Optional<String> mistake(X509Certificate anchor, Instant now) {
        return authority(anchor, 0, now)
                .or(() -> isSelfSigned(anchor) ? Optional.empty() : Optional.of(subject(anchor) + NOT_AN_ANCHOR));
    }

    private static boolean isSelfSigned(X509Certificate certificate) {
        return Certificates.isSignedBy(certificate, certificate);
    }

    private static Optional<String> authority(X509Certificate certificate, int below, Instant now) {
        var who = subject(certificate);
        if (certificate.getBasicConstraints() < 0) {
            return Optional.of(who + " is not a certificate of an authority (basicConstraints CA:TRUE).");
        }
        if (certificate.getBasicConstraints() < below) {
            return Optional.of(who + " allows " + certificate.getBasicConstraints()
                    + " authorities below it (pathlen), and " + below + " are there.");
        }
        var usage = certificate.getKeyUsage();
        if (usage != null && !usage[KEY_CERT_SIGN]) {
            return Optional.of(who + " may not sign certificates (keyUsage keyCertSign).");
        }
        if (!isSupported(certificate.getPublicKey())) {
            return Optional.of(
                    who + " has a key of a kind that proxies do not verify. Use P-256, P-384, or RSA of at least "
                            + LEAST_RSA_BITS + " bits.");
        }
        if (now.isBefore(certificate.getNotBefore().toInstant())) {
            return Optional.of(
                    who + " is not valid before " + certificate.getNotBefore().toInstant() + ".");
        }
        if (!now.plus(ProvidedIssuer.CLOCK_SKEW)
                .isBefore(certificate.getNotAfter().toInstant())) {
            return Optional.of(
                    who + " ends at " + certificate.getNotAfter().toInstant() + ", which is over or about to be.");
        }
        return Optional.empty();
    }

    private static boolean isSupported(PublicKey key) {
        return switch (key) {
            case ECPublicKey ec -> {
                int bits = ec.getParams().getCurve().getField().getFieldSize();
                yield bits == P256_BITS || bits == P384_BITS;
            }
            case RSAPublicKey rsa -> rsa.getModulus().bitLength() >= LEAST_RSA_BITS;
            default -> false;
        };
    }

    private static boolean matches(KeyAndChain pair) {
        try {
            var signer = Signature.getInstance(KeyAlgorithm.signature(pair.key()));
            signer.initSign(pair.key());
            signer.update(PROBE);
            var verifier = Signature.getInstance(KeyAlgorithm.signature(pair.key()));
            verifier.initVerify(pair.certificate().getPublicKey());
            verifier.update(PROBE);
            return verifier.verify(signer.sign());
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
