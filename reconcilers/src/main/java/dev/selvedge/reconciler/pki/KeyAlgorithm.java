// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;

/** The kinds of keys that we make. */
public enum KeyAlgorithm {
    ECDSA_P256("ECDSA-P256"),
    ECDSA_P384("ECDSA-P384"),
    /** Of {@value #RSA_BITS} bits. */
    RSA("RSA");

    private static final int RSA_BITS = 3072;
    private static final int P256_BITS = 256;

    private final String text;

    KeyAlgorithm(String text) {
        this.text = text;
    }

    /** As it stands in the spec of a Mesh. */
    public String text() {
        return text;
    }

    /** Reads what stands in the spec of a Mesh. */
    public static KeyAlgorithm of(String text) {
        for (var algorithm : values()) {
            if (algorithm.text.equals(text)) {
                return algorithm;
            }
        }
        throw new IllegalArgumentException("\"" + text + "\" is not an algorithm of keys");
    }

    KeyPair newKey(SecureRandom random) {
        try {
            var generator = KeyPairGenerator.getInstance(this == RSA ? "RSA" : "EC");
            initialize(generator, random);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK makes " + text + " keys", e);
        }
    }

    private void initialize(KeyPairGenerator generator, SecureRandom random) throws InvalidAlgorithmParameterException {
        switch (this) {
            case ECDSA_P256 -> generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            case ECDSA_P384 -> generator.initialize(new ECGenParameterSpec("secp384r1"), random);
            case RSA -> generator.initialize(RSA_BITS, random);
        }
    }

    /** How that key signs. */
    static String signature(PrivateKey key) {
        if (!(key instanceof ECPrivateKey ec)) {
            return "SHA256withRSA";
        }
        return ec.getParams().getOrder().bitLength() > P256_BITS ? "SHA384withECDSA" : "SHA256withECDSA";
    }
}
