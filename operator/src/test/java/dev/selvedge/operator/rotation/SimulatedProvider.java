// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.KeyAlgorithm;
import dev.selvedge.reconciler.pki.KeyAndChain;
import dev.selvedge.reconciler.pki.Pem;
import dev.selvedge.reconciler.pki.ProvidedIssuer;
import dev.selvedge.reconciler.pki.TrustSecrets;
import dev.selvedge.reconciler.trust.Rotations;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Somebody who keeps an issuer in a Secret and renews it and its anchor, and at times fills the Secret with nonsense. */
final class SimulatedProvider {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Duration ISSUER = Duration.ofDays(30);

    private final MemoryVault vault;
    private final Duration anchorLife;
    String domain = "cluster.local";
    private KeyAndChain anchor;
    private Instant renewAt;
    private Instant nextAnchor;
    private Optional<Rotations.Offer> offer = Optional.empty();
    private int filled;

    SimulatedProvider(MemoryVault vault, Instant now, Duration anchorLife) {
        this.vault = vault;
        this.anchorLife = anchorLife;
        anchor = anotherAnchor(now);
        nextAnchor = now.plus(anchorLife.dividedBy(2));
        renewAt = now;
        pass(now);
    }

    void pass(Instant now) {
        if (!now.isBefore(nextAnchor)) {
            anchor = anotherAnchor(now);
            nextAnchor = now.plus(anchorLife.dividedBy(2));
            renewAt = now;
        }
        if (!now.isBefore(renewAt)) {
            fill(now, authority(now).signIssuer(anchor, domain, ISSUER), ++filled % 5 == 0);
            renewAt = filled % 5 == 0 ? now.plus(Duration.ofDays(1)) : now.plus(ISSUER.dividedBy(2));
        }
    }

    /** Goes to another anchor now. */
    void changeAnchor(Instant now) {
        nextAnchor = now;
        pass(now);
    }

    /** Goes to an anchor that is its own issuer, and stays with it. */
    void unconstrained(Instant now) {
        anchor = SelfSigned.at(now);
        nextAnchor = Instant.MAX;
        renewAt = Instant.MAX;
        fill(now, anchor, false);
    }

    List<X509Certificate> anchors() {
        return Pem.readCertificates(anchor.chainPem());
    }

    private void fill(Instant now, KeyAndChain issuer, boolean nonsense) {
        vault.put(
                TrustSecrets.PROVIDED,
                Map.of(
                        TrustSecrets.CERTIFICATE, issuer.chainPem(),
                        TrustSecrets.KEY, nonsense ? anchor.keyPem() : issuer.keyPem(),
                        TrustSecrets.BUNDLE, Pem.write(anchor.chain())));
        offer = checked(now);
    }

    /** What the operator makes of it. */
    Optional<Rotations.Offer> offer() {
        return offer;
    }

    private Optional<Rotations.Offer> checked(Instant now) {
        var secret = vault.read(TrustSecrets.PROVIDED).orElseThrow();
        var names = new ProvidedIssuer.Names(new TreeSet<>(List.of(domain)), List.of());
        return ProvidedIssuer.check(secret::entry, names, Clock.fixed(now, ZoneOffset.UTC))
                        instanceof ProvidedIssuer.Usable usable
                ? Optional.of(
                        new Rotations.Offer(usable.issuer().certificate(), usable.anchor(), usable.everywhereFrom()))
                : Optional.empty();
    }

    private KeyAndChain anotherAnchor(Instant now) {
        return authority(now).createAnchor(domain, anchorLife);
    }

    private static Authority authority(Instant now) {
        return new Authority(Clock.fixed(now, ZoneOffset.UTC), RANDOM, KeyAlgorithm.ECDSA_P256);
    }
}
