// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import com.amazon.corretto.crypto.provider.SelfTestStatus;
import java.security.Security;

/**
 * Who computes. AWS-LC, a native library, makes keys, signs, and encrypts connections. Java's own code for these is quick
 * only after its optimising compiler, which costs more memory than all the proxies' state. BouncyCastle reads and writes
 * what certificates are made of; its provider is not used, for it loads a thousand classes at the start.
 */
public final class Cryptography {
    private Cryptography() {}

    /**
     * Has everything in this process use the native library, if it is there; else the JDK computes. To be called before
     * the first key or connection.
     *
     * @return whether it is there
     */
    public static boolean install() {
        if (isNative()) {
            Security.insertProviderAt(AmazonCorrettoCryptoProvider.INSTANCE, 1);
        }
        return isNative();
    }

    /** Whether the native library is there and does what it should. */
    static boolean isNative() {
        return AmazonCorrettoCryptoProvider.INSTANCE.getLoadingError() == null
                && AmazonCorrettoCryptoProvider.INSTANCE.runSelfTests() == SelfTestStatus.PASSED;
    }
}
