// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Names and contents of the objects that hold keys and trust, all in the operator's namespace. */
public final class TrustSecrets {
    /** Secret with the anchor and its key; only the rotation Job may read it. */
    public static final String ANCHOR = "selvedge-trust-anchor";

    /** Secret with the issuer, its key and the trust bundle; written by the rotation Job. */
    public static final String ISSUER = "selvedge-issuer";

    public static final String CERTIFICATE = "tls.crt";
    public static final String KEY = "tls.key";
    public static final String BUNDLE = "ca.crt";

    /** An issuer is renewed when less than this part of its life is left. */
    private static final int RENEWED_AT = 3;

    private TrustSecrets() {}

    /** When an issuer or anchor is due for renewal: at two thirds of its life. */
    public static Instant dueAt(X509Certificate certificate) {
        var begin = certificate.getNotBefore().toInstant();
        var end = certificate.getNotAfter().toInstant();
        return end.minus(Duration.between(begin, end).dividedBy(RENEWED_AT));
    }

    /** One entry of a Secret's data as text. */
    public static Optional<String> text(@Nullable Map<String, String> data, String entry) {
        return Optional.ofNullable(data)
                .map(d -> d.get(entry))
                .map(encoded -> new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8));
    }
}
