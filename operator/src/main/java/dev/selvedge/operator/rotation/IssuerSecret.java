// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import dev.selvedge.reconciler.pki.KeyAndChain;
import dev.selvedge.reconciler.pki.Pem;
import dev.selvedge.reconciler.pki.TrustSecrets;
import dev.selvedge.reconciler.trust.TrustRecord;
import dev.selvedge.reconciler.trust.TrustState;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All of the Secret with the issuer.
 *
 * @param additional anchors beside the mesh's own, that are trusted too
 * @param previous the issuer of the old anchor, while a rotation has switched to the new
 */
record IssuerSecret(
        KeyAndChain issuer,
        @Nullable KeyAndChain previous,
        List<X509Certificate> bundle,
        List<X509Certificate> additional,
        TrustRecord record) {
    IssuerSecret {
        bundle = List.copyOf(bundle);
        additional = List.copyOf(additional);
    }

    /** Empty when there is none, or somebody spoilt it. */
    static Optional<IssuerSecret> of(Optional<Vault.Stored> stored) {
        var own = stored.filter(Vault.Stored::own);
        var issuer = AnchorKeys.read(own, TrustSecrets.CERTIFICATE, TrustSecrets.KEY);
        var state = own.flatMap(s -> TrustState.read(s::entry));
        return issuer == null || state.isEmpty()
                ? Optional.empty()
                : Optional.of(new IssuerSecret(
                        issuer,
                        AnchorKeys.read(own, TrustSecrets.PREVIOUS_CERTIFICATE, TrustSecrets.PREVIOUS_KEY),
                        state.get().anchors(),
                        state.get().additional(),
                        state.get().record()));
    }

    /** What of it the operator decides by. */
    TrustState state() {
        return TrustState.read(entry -> Optional.ofNullable(entries().get(entry)))
                .orElseThrow(() -> new IllegalStateException("what was written can be read"));
    }

    /** As it is stored. */
    Map<String, String> entries() {
        var entries = new HashMap<String, String>();
        AnchorKeys.put(entries, issuer, TrustSecrets.CERTIFICATE, TrustSecrets.KEY);
        AnchorKeys.put(entries, previous, TrustSecrets.PREVIOUS_CERTIFICATE, TrustSecrets.PREVIOUS_KEY);
        entries.put(TrustSecrets.BUNDLE, Pem.write(bundle));
        if (!additional.isEmpty()) {
            entries.put(TrustSecrets.ADDITIONAL, Pem.write(additional));
        }
        entries.put(TrustSecrets.RECORD, record.json());
        return entries;
    }

    IssuerSecret signedBy(KeyAndChain another, @Nullable KeyAndChain former) {
        return new IssuerSecret(another, former, bundle, additional, record);
    }

    IssuerSecret trusting(List<X509Certificate> anchors) {
        return new IssuerSecret(issuer, previous, anchors, additional, record);
    }

    IssuerSecret with(TrustRecord another) {
        return new IssuerSecret(issuer, previous, bundle, additional, another);
    }

    IssuerSecret besides(List<X509Certificate> others) {
        return new IssuerSecret(issuer, previous, bundle, others, record);
    }
}
