// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import dev.selvedge.reconciler.trust.ProxyTrust;
import dev.selvedge.reconciler.trust.TrustState;
import dev.selvedge.reconciler.trust.TrustVersions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A proxy that takes in what its replica offers, now or later, one secret at a time. */
final class SimulatedProxy {
    private static final Duration LIFETIME = Duration.ofHours(24);

    /** What a replica offers, by the names of anchors. */
    record Offer(Set<String> bundle, String version, String anchor, Instant issuerEnd) {
        static Offer of(TrustState stored) {
            return new Offer(
                    stored.anchors().stream().map(TrustVersions::anchor).collect(Collectors.toSet()),
                    TrustVersions.bundle(new TreeMap<>(Map.of("cluster.local", stored.anchors()))),
                    TrustVersions.anchor(stored.signer().orElseThrow()),
                    stored.issuer().getNotAfter().toInstant());
        }
    }

    /** A workload's certificate. */
    record Leaf(String anchor, Instant renewAt, Instant notAfter, Instant issuerEnd) {}

    private final String pod;
    private Set<String> bundle = Set.of();
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
            version = offer.version();
        }
        boolean due =
                leaf == null || !now.isBefore(leaf.renewAt()) || !leaf.anchor().equals(offer.anchor());
        if (now.isBefore(offer.issuerEnd()) && (starts || (due && random.nextInt(3) != 0))) {
            var end = now.plus(LIFETIME).isBefore(offer.issuerEnd()) ? now.plus(LIFETIME) : offer.issuerEnd();
            leaf = new Leaf(offer.anchor(), now.plus(Duration.between(now, end).dividedBy(2)), end, offer.issuerEnd());
        }
    }

    ProxyTrust told(Instant now) {
        return new ProxyTrust(
                pod,
                connected(now),
                connected(now) ? Instant.EPOCH : awaySince,
                version,
                leaf == null ? ProxyTrust.UNKNOWN : leaf.anchor(),
                Optional.ofNullable(leaf).map(Leaf::notAfter));
    }

    /** Its certificate, while anybody can take it. */
    Optional<Leaf> live(Instant now) {
        return Optional.ofNullable(leaf).filter(l -> now.isBefore(l.notAfter()));
    }

    /** Whether it takes the other for whom it says it is. */
    boolean verifies(Leaf other) {
        return bundle.contains(other.anchor());
    }

    @Override
    public String toString() {
        return pod + " trusts " + bundle + " and has " + leaf;
    }
}
