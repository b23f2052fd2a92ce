// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import java.nio.charset.StandardCharsets;
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

    /** Secret with an issuer that somebody else provides; read by the operator and the rotation Job. */
    public static final String PROVIDED = "selvedge-provided-issuer";

    /** ConfigMap with trust anchors beside the mesh's own, in {@link #BUNDLE}. */
    public static final String ADDITIONAL_ANCHORS = "selvedge-additional-anchors";

    /** With the issuer: the anchors beside the mesh's own that are trusted. */
    public static final String ADDITIONAL = "additional.crt";

    public static final String CERTIFICATE = "tls.crt";
    public static final String KEY = "tls.key";
    public static final String BUNDLE = "ca.crt";

    /** The issuer of the old anchor, while a rotation has switched to the new: our own servers use it until the end. */
    public static final String PREVIOUS_CERTIFICATE = "previous.crt";

    public static final String PREVIOUS_KEY = "previous.key";

    /** In the Secret of the anchor: the one that is to follow. */
    public static final String NEXT_CERTIFICATE = "next.crt";

    public static final String NEXT_KEY = "next.key";

    /** What certificates do not say about a rotation, as JSON. */
    public static final String RECORD = "rotation.json";

    private TrustSecrets() {}

    /** One entry of a Secret's data as text. */
    public static Optional<String> text(@Nullable Map<String, String> data, String entry) {
        return Optional.ofNullable(data)
                .map(d -> d.get(entry))
                .map(encoded -> new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8));
    }
}
