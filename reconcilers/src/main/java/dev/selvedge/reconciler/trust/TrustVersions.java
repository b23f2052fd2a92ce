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
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Names for what proxies are given, equal on every replica, so that an acknowledgement says what a proxy has. */
public final class TrustVersions {
    /** How long the name of an authority is. */
    public static final int AUTHORITY_DIGITS = 16;

    /** In place of the name of an authority: it is not known which, because the kubelet keeps the certificate. */
    public static final String UNTOLD = "0".repeat(AUTHORITY_DIGITS);

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

    /**
     * What is trusted in each trust domain: the same anchors, as the identities of all are taken for the mesh's own.
     *
     * @param accepted the trust domains that the mesh accepts
     * @param issuing the trust domain of new certificates; accepted too, whatever the mesh says
     */
    public static SortedMap<String, List<X509Certificate>> anchors(
            Stream<String> accepted, String issuing, List<X509Certificate> anchors) {
        return Stream.concat(accepted, Stream.of(issuing))
                .distinct()
                .collect(Collectors.toMap(Function.identity(), _ -> anchors, (a, _) -> a, TreeMap::new));
    }

    /** Short for who vouches for whom, as it stands in the version of a workload's certificate. */
    public static String authority(X509Certificate anchor, String trustDomain) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(Certificates.fingerprint(anchor).getBytes(StandardCharsets.US_ASCII));
            digest.update(trustDomain.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest()).substring(0, AUTHORITY_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
