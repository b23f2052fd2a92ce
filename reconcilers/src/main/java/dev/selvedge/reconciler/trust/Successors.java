// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.trust;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Whether another anchor or another issuer is to follow, by the calendar or because somebody provides it. */
record Successors(RotationPolicy policy, Rotations.Facts facts) {
    /** An issuer is not renewed for less than this part of its life, as near the end of its anchor. */
    private static final int LEAST_GAIN = 10;

    /** Why another anchor is to follow, while none does yet. */
    Optional<Reason> anchor() {
        if (policy.provided()) {
            return facts.offer()
                    .filter(this::isUsable)
                    .filter(offer -> moves() || !isOf(offer, facts.stored().signer()))
                    .map(_ -> moves() ? Reason.TRUST_DOMAIN : Reason.PROVIDED);
        }
        if (moves()) {
            return Optional.of(Reason.TRUST_DOMAIN);
        }
        if (policy.request(facts.stored().record()).isPresent()) {
            return Optional.of(Reason.REQUESTED);
        }
        if (facts.stored().record().provided()) {
            return Optional.of(Reason.MANAGED);
        }
        return isAnchorDue() ? Optional.of(Reason.SCHEDULED) : Optional.empty();
    }

    /** Whether the certificates of workloads are to be of another trust domain. */
    private boolean moves() {
        return !facts.stored().trustDomain(policy.trustDomain()).equals(policy.trustDomain());
    }

    /** Whether what is to follow is not what is provided any more, or not of the trust domain that is wanted. */
    boolean isUnwanted() {
        var elsewhere = facts.stored()
                .move()
                .filter(move -> !move.to().equals(policy.trustDomain()))
                .isPresent();
        return elsewhere || (moves() && facts.stored().move().isEmpty()) || isAnchorUnwanted();
    }

    private boolean isAnchorUnwanted() {
        return policy.provided()
                && facts.offer()
                        .filter(offer -> !isOf(offer, facts.stored().next()))
                        .isPresent();
    }

    /** Why another issuer under the anchor that signs is to follow. */
    Optional<Reason> issuer() {
        if (policy.provided()) {
            return facts.offer()
                    // One for the next trust domain need not be good for the last.
                    .filter(offer -> isUsable(offer)
                            && !moves()
                            && isOf(offer, facts.stored().signer())
                            && !offer.issuer().equals(facts.stored().issuer()))
                    .map(_ -> Reason.PROVIDED);
        }
        return isIssuerDue() ? Optional.of(Reason.SCHEDULED) : Optional.empty();
    }

    /** Since when the anchor that signs is worth nothing. */
    boolean isAnchorOver() {
        return facts.stored()
                .signer()
                .map(anchor -> !facts.now().isBefore(end(anchor)))
                .orElse(true);
    }

    /** Those whose clock is behind take it, or there is nothing left that they take. */
    private boolean isUsable(Rotations.Offer offer) {
        return !facts.now().isBefore(offer.from()) || facts.stored().ended(facts.now());
    }

    private static boolean isOf(Rotations.Offer offer, Optional<X509Certificate> anchor) {
        return Optional.of(offer.anchor()).equals(anchor);
    }

    private boolean isAnchorDue() {
        return facts.stored()
                .signer()
                .map(anchor ->
                        !facts.now().isBefore(end(anchor).minus(policy.anchor().renewBefore())))
                .orElse(true);
    }

    /** An issuer that ends with its anchor is left alone: there is nothing to gain. */
    private boolean isIssuerDue() {
        var now = facts.now();
        var end = facts.stored().issuerEnd();
        var signer = facts.stored().signer();
        // A rotation is about to bring a new issuer anyway; only one that hangs must not let the old one end.
        var early = facts.stored().next().isPresent() && !facts.stored().switched()
                ? policy.issuer().renewBefore().dividedBy(2)
                : policy.issuer().renewBefore();
        if (signer.isEmpty() || now.isBefore(end.minus(early))) {
            return false;
        }
        var next = now.plus(policy.issuer().lifetime());
        var nextEnd = next.isBefore(end(signer.get())) ? next : end(signer.get());
        var gain = Duration.between(end, nextEnd);
        var least = policy.issuer().lifetime().dividedBy(LEAST_GAIN);
        var left = Duration.between(now, end);
        return gain.isPositive() && (gain.compareTo(least) >= 0 || left.compareTo(gain) < 0);
    }

    private static Instant end(X509Certificate certificate) {
        return certificate.getNotAfter().toInstant();
    }
}
