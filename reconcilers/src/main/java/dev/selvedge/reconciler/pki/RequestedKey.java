// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import java.io.IOException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.util.Optional;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;

/** The public key of somebody who asks for a certificate. Whether he has the private one is proved to the API server. */
public final class RequestedKey {
    private static final int P256_BITS = 256;

    private RequestedKey() {}

    /**
     * Of a request, of which all else is ignored.
     *
     * @param der PKCS #10
     * @return empty for one that is not of P-256
     */
    public static Optional<PublicKey> ofRequest(byte[] der) {
        try {
            return p256(new PKCS10CertificationRequest(der).getSubjectPublicKeyInfo());
        } catch (IOException e) {
            throw new IllegalArgumentException("the certificate request cannot be read", e);
        }
    }

    /**
     * Of the key alone.
     *
     * @param der SubjectPublicKeyInfo
     * @return empty for one that is not of P-256
     */
    public static Optional<PublicKey> of(byte[] der) {
        return p256(SubjectPublicKeyInfo.getInstance(der));
    }

    private static Optional<PublicKey> p256(SubjectPublicKeyInfo info) {
        try {
            var key = new JcaPEMKeyConverter().getPublicKey(info);
            return key instanceof ECPublicKey ec && ec.getParams().getOrder().bitLength() == P256_BITS
                    ? Optional.of(key)
                    : Optional.empty();
        } catch (IOException e) {
            throw new IllegalArgumentException("the public key cannot be read", e);
        }
    }
}
