// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import dev.selvedge.reconciler.pki.Certificates;
import dev.selvedge.reconciler.pki.KeyAndChain;
import dev.selvedge.reconciler.pki.TrustSecrets;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The anchors whose keys are kept.
 *
 * @param stored the Secret that they were read from
 * @param next the one that is to follow
 */
record AnchorKeys(
        Optional<Vault.Stored> stored,
        @Nullable KeyAndChain current,
        @Nullable KeyAndChain next) {
    private static final Logger LOG = Logger.getLogger(AnchorKeys.class);

    /** Those of the Secret; what somebody spoilt counts as lost. */
    static AnchorKeys of(Optional<Vault.Stored> stored) {
        var own = stored.filter(Vault.Stored::own);
        return new AnchorKeys(
                stored,
                read(own, TrustSecrets.CERTIFICATE, TrustSecrets.KEY),
                read(own, TrustSecrets.NEXT_CERTIFICATE, TrustSecrets.NEXT_KEY));
    }

    static @Nullable KeyAndChain read(Optional<Vault.Stored> stored, String certificate, String key) {
        var chain = stored.flatMap(s -> s.entry(certificate));
        var secret = stored.flatMap(s -> s.entry(key));
        if (chain.isEmpty() || secret.isEmpty()) {
            return null;
        }
        try {
            return KeyAndChain.fromPem(chain.get(), secret.get());
        } catch (IllegalArgumentException e) {
            LOG.warnf("the entries %s and %s cannot be read and count as lost", certificate, key);
            return null;
        }
    }

    /** The key of an anchor. */
    Optional<KeyAndChain> of(X509Certificate anchor) {
        return Stream.of(Optional.ofNullable(current), Optional.ofNullable(next))
                .flatMap(Optional::stream)
                .filter(found -> Certificates.fingerprint(found.certificate()).equals(Certificates.fingerprint(anchor)))
                .findFirst();
    }

    AnchorKeys with(@Nullable KeyAndChain anotherCurrent, @Nullable KeyAndChain anotherNext) {
        return new AnchorKeys(stored, anotherCurrent, anotherNext);
    }

    /** As they are stored. */
    Map<String, String> entries() {
        var entries = new HashMap<String, String>();
        put(entries, current, TrustSecrets.CERTIFICATE, TrustSecrets.KEY);
        put(entries, next, TrustSecrets.NEXT_CERTIFICATE, TrustSecrets.NEXT_KEY);
        return entries;
    }

    static void put(Map<String, String> entries, @Nullable KeyAndChain pair, String certificate, String key) {
        if (pair != null) {
            entries.put(certificate, pair.chainPem());
            entries.put(key, pair.keyPem());
        }
    }
}
