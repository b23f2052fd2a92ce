// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.KeyAndChain;
import dev.selvedge.reconciler.pki.TrustSecrets;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;

/** The anchors whose keys the Job has: makes them, keeps them, and signs with them. */
final class OwnAnchors {
    private final Vault vault;
    private final Plan.Making making;
    private final Clock clock;
    private final Authority authority;

    OwnAnchors(Vault vault, Plan.Making making, Clock clock, SecureRandom random) {
        this.vault = vault;
        this.making = making;
        this.clock = clock;
        this.authority = new Authority(clock, random, making.algorithm());
    }

    AnchorKeys keys() {
        return AnchorKeys.of(vault.read(TrustSecrets.ANCHOR));
    }

    void write(AnchorKeys keys) {
        vault.write(TrustSecrets.ANCHOR, keys.stored(), keys.entries());
    }

    /** The one that is there, or the first. */
    KeyAndChain first() {
        var keys = keys();
        var anchor = keys.current();
        if (anchor == null
                || ended(anchor.certificate())
                || !Authority.isFor(anchor.certificate(), making.trustDomain())) {
            anchor = make();
            write(keys.with(anchor, keys.next()));
        }
        return anchor;
    }

    /** The one that is to follow. */
    KeyAndChain next() {
        var keys = keys();
        var next = keys.next();
        if (next == null || !isFresh(next)) {
            next = make();
            write(keys.with(keys.current(), next));
        }
        return next;
    }

    /** One that a Job made which was killed before it could tell. */
    private boolean isFresh(KeyAndChain anchor) {
        var end = clock.instant().plus(making.anchorLifetime().multipliedBy(9).dividedBy(10));
        return Authority.isFor(anchor.certificate(), making.trustDomain())
                && !anchor.notAfter().isBefore(end);
    }

    private KeyAndChain make() {
        return authority.createAnchor(making.trustDomain(), making.anchorLifetime());
    }

    /** The key of the one that is to follow. */
    KeyAndChain key(X509Certificate next) {
        return keys().of(next)
                .orElseThrow(() -> new IllegalStateException("the key of the next trust anchor is not in Secret "
                        + TrustSecrets.ANCHOR + "; roll back, then request another rotation"));
    }

    KeyAndChain sign(KeyAndChain anchor, String trustDomain) {
        return authority.signIssuer(anchor, trustDomain, making.issuerLifetime());
    }

    boolean ended(X509Certificate certificate) {
        return !clock.instant().isBefore(certificate.getNotAfter().toInstant());
    }
}
