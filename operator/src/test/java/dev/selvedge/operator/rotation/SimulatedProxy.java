// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import dev.selvedge.reconciler.pki.Certificates;
import dev.selvedge.reconciler.pki.Lifespan;
import dev.selvedge.reconciler.trust.ProxyTrust;
import dev.selvedge.reconciler.trust.TrustState;
import dev.selvedge.reconciler.trust.TrustVersions;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A proxy that takes in what its replica offers, now or later, one secret at a time. */
final class SimulatedProxy {
    private static final Duration LIFETIME = Duration.ofHours(24);

    /**
     * What a replica offers, by the names of anchors.
     *
     * @param domains that the rules and the bundle accept
     * @param domain of the certificates that it makes
     */
    record Offer(
            Set<String> bundle,
            SortedSet<String> domains,
            String version,
            String anchor,
            String domain,
            String authority,
            Instant issuerEnd) {
        static Offer of(TrustState stored, SortedSet<String> accepted) {
            var domain = stored.trustDomain(accepted.first());
            var anchors = TrustVersions.anchors(accepted.stream(), domain, stored.anchors());
            return new Offer(
                    stored.anchors().stream().map(Certificates::fingerprint).collect(Collectors.toSet()),
                    new TreeSet<>(anchors.keySet()),
                    TrustVersions.bundle(anchors),
                    Certificates.fingerprint(stored.signer().orElseThrow()),
                    domain,
                    TrustVersions.authority(stored.signer().orElseThrow(), domain),
                    stored.issuerEnd());
        }
    }

    /** A workload's certificate. */
    record Leaf(String anchor, String domain, String authority, Instant renewAt, Lifespan life, Instant issuerEnd) {}

    private final String pod;
    private Set<String> bundle = Set.of();
    private Set<String> trusted = Set.of();
    private Set<String> accepted = Set.of();
    private String version = ProxyTrust.UNKNOWN;
    private @Nullable Leaf leaf;
    private Instant awaySince = Instant.EPOCH;
    private Instant awayUntil = Instant.EPOCH;

    SimulatedProxy(String pod) {
        this.pod = pod;
    }

    void leave(Instant now, Duration time) {
        if (connected(now)) {
            awaySince = now;
            awayUntil = now.plus(time);
        }
    }

    boolean connected(Instant now) {
        return !now.isBefore(awayUntil);
    }

    /** Whether it has been away longer than anybody waits. */
    boolean givenUp(Instant now) {
        return !connected(now) && now.isAfter(awaySince.plus(SimulatedMesh.PATIENCE));
    }

    /** Takes in the bundle, the certificate, both or none of what a replica offers. */
    void take(Offer offer, Instant now, RandomGenerator random) {
        if (!connected(now)) {
            return;
        }
        // One that starts waits with its listeners for both; so does one that nobody waited for, to keep this simple.
        boolean starts = leaf == null || awayUntil.isAfter(awaySince.plus(SimulatedMesh.PATIENCE));
        awaySince = awayUntil;
        if (starts || random.nextInt(3) != 0) {
            bundle = offer.bundle();
            trusted = offer.domains();
            version = offer.version();
        }
        if (starts || (!accepted.equals(offer.domains()) && random.nextInt(3) != 0)) {
            accepted = offer.domains();
        }
        boolean due = leaf == null
                || !now.isBefore(leaf.renewAt())
                || !leaf.anchor().equals(offer.anchor())
                || !leaf.domain().equals(offer.domain());
        if (now.isBefore(offer.issuerEnd()) && (starts || (due && random.nextInt(3) != 0))) {
            var end = now.plus(LIFETIME).isBefore(offer.issuerEnd()) ? now.plus(LIFETIME) : offer.issuerEnd();
            leaf = new Leaf(
                    offer.anchor(),
                    offer.domain(),
                    offer.authority(),
                    now.plus(Duration.between(now, end).dividedBy(2)),
                    new Lifespan(now, end),
                    offer.issuerEnd());
        }
    }

    /** Whether it has acknowledged the rules and clusters of its replica. */
    boolean settled(Offer offer, Instant now) {
        return !connected(now) || accepted.equals(offer.domains());
    }

    ProxyTrust told(Instant now) {
        return new ProxyTrust(
                pod,
                connected(now),
                connected(now) ? Instant.EPOCH : awaySince,
                version,
                leaf == null ? ProxyTrust.UNKNOWN : leaf.authority(),
                Optional.ofNullable(leaf).map(Leaf::life));
    }

    /** Its certificate, while anybody can take it. */
    Optional<Leaf> live(Instant now) {
        return Optional.ofNullable(leaf).filter(l -> !l.life().hasEnded(now));
    }

    /** Whether it takes the other for whom it says it is. */
    boolean verifies(Leaf other) {
        return bundle.contains(other.anchor()) && trusted.contains(other.domain()) && accepted.contains(other.domain());
    }

    @Override
    public String toString() {
        return pod + " trusts " + bundle + " and has " + leaf;
    }
}
