// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import dev.selvedge.reconciler.pki.AdditionalAnchors;
import dev.selvedge.reconciler.pki.Certificates;
import dev.selvedge.reconciler.pki.ProvidedIssuer;
import dev.selvedge.reconciler.pki.TrustSecrets;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The steps of a rotation to an issuer that somebody else provides. What is provided was looked at when the step was
 * decided on, and may have changed since: it is looked at again.
 */
record Takeover(Vault vault, Plan.Making making, Clock clock) {

    /** What is provided now. */
    ProvidedIssuer.Usable provided() {
        var names = new ProvidedIssuer.Names(new TreeSet<>(List.of(making.trustDomain())), List.of());
        var secret = vault.read(TrustSecrets.PROVIDED)
                .orElseThrow(() -> new IllegalStateException("Secret " + TrustSecrets.PROVIDED + " is not there"));
        return switch (ProvidedIssuer.check(secret::entry, names, clock)) {
            case ProvidedIssuer.Usable usable -> usable;
            case ProvidedIssuer.Refused(var reason) ->
                throw new IllegalStateException("Secret " + TrustSecrets.PROVIDED + ": " + reason);
        };
    }

    /** The anchors beside the mesh's own that are listed now. */
    List<X509Certificate> additional() {
        if (!making.additionalAnchors()) {
            return List.of();
        }
        return switch (AdditionalAnchors.check(vault.additionalAnchors(), clock.instant())) {
            case AdditionalAnchors.Usable(var anchors) -> anchors;
            case AdditionalAnchors.Refused(var reason) ->
                throw new IllegalStateException("ConfigMap " + TrustSecrets.ADDITIONAL_ANCHORS + ": " + reason);
        };
    }

    /** The same, if it is under the anchor that the step was decided on. */
    private ProvidedIssuer.Usable under(X509Certificate anchor) {
        var provided = provided();
        if (!provided.anchor().equals(anchor)) {
            throw new IllegalStateException("Secret " + TrustSecrets.PROVIDED + " has an issuer of the anchor "
                    + Certificates.fingerprint(provided.anchor()) + " by now; this step was for "
                    + Certificates.fingerprint(anchor));
        }
        return provided;
    }

    /** Another issuer of the anchor that signs. */
    IssuerSecret renewed(IssuerSecret now) {
        var signer = now.state()
                .signer()
                .orElseThrow(() -> new IllegalStateException("no trusted anchor vouches for the issuer in use"));
        return now.signedBy(under(signer).issuer(), now.previous())
                .with(now.record().by(true));
    }

    /** The issuer of the anchor that is to follow. That one comes first: it may have the name and the key of the old. */
    IssuerSecret switched(IssuerSecret now, X509Certificate next) {
        var bundle =
                Stream.concat(Stream.of(next), now.bundle().stream()).distinct().toList();
        return now.trusting(bundle)
                .signedBy(under(next).issuer(), now.issuer())
                .with(now.record().by(true));
    }
}
