// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import com.fasterxml.jackson.annotation.JsonValue;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * A private key and the certificates that vouch for it, the own one first; an anchor's chain is the anchor alone, every
 * other chain leaves the anchor out. Redacts itself in text and in JSON.
 */
public record KeyAndChain(PrivateKey key, List<X509Certificate> chain) {
    public KeyAndChain {
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("a key needs at least its own certificate");
        }
    }

    /** Reads what {@link #chainPem()} and {@link #keyPem()} wrote. */
    public static KeyAndChain fromPem(String chainPem, String keyPem) {
        return new KeyAndChain(Pem.readKey(keyPem), Pem.readCertificates(chainPem));
    }

    /** The certificate of the key. */
    public X509Certificate certificate() {
        return chain.getFirst();
    }

    /** When the key's certificate ends, at second granularity. */
    public Instant notAfter() {
        return certificate().getNotAfter().toInstant();
    }

    /** The chain as concatenated PEM, the key's own certificate first. */
    public String chainPem() {
        return Pem.write(chain);
    }

    /** The key as PKCS #8 PEM. The caller sees to it that it reaches no log. */
    public String keyPem() {
        return Pem.write(key);
    }

    @Override
    @JsonValue
    public String toString() {
        return "KeyAndChain[serial=" + certificate().getSerialNumber().toString(16) + ", notAfter=" + notAfter()
                + ", key=redacted]";
    }
}
