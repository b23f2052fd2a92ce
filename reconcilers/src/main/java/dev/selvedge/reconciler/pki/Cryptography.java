// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import com.amazon.corretto.crypto.provider.SelfTestStatus;
import java.security.Provider;
import java.security.Security;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Who computes. BouncyCastle reads and writes certificates and keys; AWS-LC, a native library, makes keys, signs, and
 * encrypts connections. Java's own code for these is quick only after its optimising compiler, which costs more memory
 * than all the proxies' state.
 */
public final class Cryptography {
    static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();

    /** Makes keys and signs: AWS-LC, or BouncyCastle where there is none for the platform. */
    static final Provider SIGNING = isNative() ? AmazonCorrettoCryptoProvider.INSTANCE : BOUNCY_CASTLE;

    private Cryptography() {}

    /**
     * Has every connection of this process use the native library, if it is there. To be called before the first one.
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
