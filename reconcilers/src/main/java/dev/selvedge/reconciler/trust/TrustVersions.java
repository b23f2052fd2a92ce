// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.trust;

import dev.selvedge.reconciler.pki.Certificates;
import dev.selvedge.reconciler.pki.Pem;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** Names for what proxies are given, equal on every replica, so that an acknowledgement says what a proxy has. */
public final class TrustVersions {
    /** How long the name of an anchor is. */
    public static final int ANCHOR_DIGITS = 16;

    private TrustVersions() {}

    /** The version of a bundle: what is trusted in each trust domain. */
    public static String bundle(SortedMap<String, List<X509Certificate>> anchors) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            for (Map.Entry<String, List<X509Certificate>> domain : anchors.entrySet()) {
                digest.update(domain.getKey().getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0);
                digest.update(Pem.write(domain.getValue()).getBytes(StandardCharsets.US_ASCII));
                digest.update((byte) 0);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Short for an anchor, as it stands in the version of a workload's certificate. */
    public static String anchor(X509Certificate anchor) {
        return Certificates.fingerprint(anchor).substring(0, ANCHOR_DIGITS);
    }
}
