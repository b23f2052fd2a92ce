// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.trust;

import dev.selvedge.api.v1alpha1.MeshRotation.State;
import dev.selvedge.api.v1alpha1.TrustStatus.Stage;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The state machine of the trust anchor, as a pure function. What is stored says where a rotation stands; the status
 * remembers since when. That the status is lost makes a rotation longer, and never wrong.
 *
 * <p>The old anchor is A and the new one B. Certificates are under B only when every proxy trusts both, and A is taken
 * out only when none is under A any more: at each moment, whatever each of two proxies has acknowledged, they can verify
 * one another.
 */
public final class Rotations {
    /** An issuer is not renewed for less than this part of its life, as near the end of its anchor. */
    private static final int LEAST_GAIN = 10;

    private static final String NOT_EVERYWHERE =
            "The trust bundle could not be brought everywhere yet; it is tried again.";

    /** How far the clocks of the Job's node and ours may be apart. */
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

    /**
     * What is known at one moment.
     *
     * @param before the stage that the status shows, and since when
     * @param proxies all proxies, also those that are away
     * @param applied whether everything that hands out the stored bundle was brought up to it
     */
    public record Facts(
            TrustState stored,
            Optional<Memory> before,
            List<ProxyTrust> proxies,
            String bundleVersion,
            boolean applied,
            Instant now) {
        public Facts {
            proxies = List.copyOf(proxies);
        }
    }

    /** What the status remembers. */
    public record Memory(Stage stage, Instant since) {}

    private final RotationPolicy policy;
    private final Facts facts;

    private Rotations(RotationPolicy policy, Facts facts) {
        this.policy = policy;
        this.facts = facts;
    }

    /** What is so, and what comes next. */
    public static Decision decide(RotationPolicy policy, Facts facts) {
        return new Rotations(policy, facts).decide();
    }

    private Decision decide() {
        var renewal = renewal();
        if (renewal.isPresent()) {
            var now = stage();
            return new Decision(
                    now,
                    since(now),
                    renewal,
                    Reason.SCHEDULED,
                    Optional.of("The Job signs the next issuer."),
                    List.of());
        }
        return switch (stage()) {
            case STABLE -> stable();
            case DISTRIBUTING -> distributing();
            case SWITCHING -> switching();
            case RETIRING -> retiring();
            case ROLLING_BACK -> rollingBack();
        };
    }

    private Stage stage() {
        var stored = facts.stored();
        if (stored.next().isEmpty()) {
            return Stage.STABLE;
        }
        boolean retiring = remembers(Stage.RETIRING) && stored.switched();
        if (policy.state() == State.ROLL_BACK && !retiring && stored.anchors().size() > 1) {
            return Stage.ROLLING_BACK;
        }
        if (!stored.switched()) {
            return Stage.DISTRIBUTING;
        }
        return retiring || (facts.applied() && leaves(Stage.SWITCHING).byAll() && !isPaused())
                ? Stage.RETIRING
                : Stage.SWITCHING;
    }

    private Decision stable() {
        var since = since(Stage.STABLE);
        var token = policy.request(facts.stored().record());
        boolean due = anchorDue();
        if (token.isEmpty() && !due) {
            return new Decision(Stage.STABLE, since, Optional.empty(), Reason.SCHEDULED, Optional.empty(), List.of());
        }
        var reason = token.isPresent() ? Reason.REQUESTED : Reason.SCHEDULED;
        if (anchorEnded()) {
            // Nothing that it signed is worth anything: there is nothing left to protect by waiting.
            return step(Stage.STABLE, Step.DISTRIBUTE, reason);
        }
        if (policy.state() != State.ACTIVE) {
            return waiting(
                    Stage.STABLE,
                    (due ? "A new trust anchor is due" : "A new trust anchor is requested") + "; " + heldBack());
        }
        return step(Stage.STABLE, Step.DISTRIBUTE, reason);
    }

    private Decision distributing() {
        if (anchorEnded()) {
            return step(Stage.DISTRIBUTING, Step.SWITCH, reason());
        }
        var trusting = acknowledged(proxy -> proxy.trusts(facts.bundleVersion()), Stage.DISTRIBUTING);
        if (!trusting.byAll()) {
            return waiting(Stage.DISTRIBUTING, trusting, "do not trust the new anchor yet");
        }
        return gated(Stage.DISTRIBUTING, Step.SWITCH);
    }

    private Decision switching() {
        var leaves = leaves(Stage.SWITCHING);
        if (!leaves.byAll()) {
            return waiting(Stage.SWITCHING, leaves, "have a certificate of the old anchor still");
        }
        return waiting(
                Stage.SWITCHING,
                isPaused() ? "Every proxy has a certificate of the new anchor; " + heldBack() : NOT_EVERYWHERE);
    }

    private Decision retiring() {
        var leaves = leaves(Stage.RETIRING);
        if (!leaves.byAll()) {
            return waiting(Stage.RETIRING, leaves, "have a certificate of the old anchor still");
        }
        return drained(Stage.RETIRING, Step.RETIRE);
    }

    /** Back to where only the old anchor signs, and then without the new one. */
    private Decision rollingBack() {
        if (facts.stored().switched()) {
            return step(Stage.ROLLING_BACK, Step.RESTORE, reason());
        }
        var next = facts.stored().record().next();
        if (next != null && !next.switched()) {
            return step(Stage.ROLLING_BACK, Step.WITHDRAW, reason());
        }
        var leaves = leaves(Stage.ROLLING_BACK);
        return leaves.byAll()
                ? drained(Stage.ROLLING_BACK, Step.WITHDRAW)
                : waiting(Stage.ROLLING_BACK, leaves, "have a certificate of the new anchor still");
    }

    private Decision drained(Stage stage, Step step) {
        var end = since(stage).plus(policy.drain());
        if (facts.now().isBefore(end)) {
            var late = policy.state() == State.ROLL_BACK && stage == Stage.RETIRING
                    ? " It is too late to roll back: request another rotation."
                    : "";
            return waiting(stage, "Connections that were made before may live until " + end + "." + late);
        }
        return stage == Stage.ROLLING_BACK ? step(stage, step, reason()) : gated(stage, step);
    }

    private Decision gated(Stage stage, Step step) {
        if (isPaused()) {
            return waiting(stage, "The next step is " + step.argument() + "; " + heldBack());
        }
        if (!facts.applied()) {
            return waiting(stage, NOT_EVERYWHERE);
        }
        return step(stage, step, reason());
    }

    private boolean isPaused() {
        return policy.state() == State.PAUSED;
    }

    private String heldBack() {
        return "spec.identity.rotation.state is " + (isPaused() ? "Paused" : "RollBack")
                + ". Set it to Active to go on.";
    }

    private Decision step(Stage stage, Step step, Reason reason) {
        return new Decision(
                stage,
                since(stage),
                Optional.of(step),
                reason,
                Optional.of("The Job does the step " + step.argument() + "."),
                List.of());
    }

    private Decision waiting(Stage stage, String message) {
        return new Decision(stage, since(stage), Optional.empty(), reason(), Optional.of(message), List.of());
    }

    private Decision waiting(Stage stage, Acknowledged who, String what) {
        var message =
                who.waiting().size() + " of " + facts.proxies().size() + " proxies " + what + ": " + who.named() + ".";
        return new Decision(stage, since(stage), Optional.empty(), reason(), Optional.of(message), who.waiting());
    }

    private Reason reason() {
        var next = facts.stored().record().next();
        for (var reason : Reason.values()) {
            if (next != null && reason.text().equals(next.reason())) {
                return reason;
            }
        }
        return Reason.SCHEDULED;
    }

    /** Who has no certificate of the anchor that signs now. */
    private Acknowledged leaves(Stage stage) {
        var wanted = facts.stored().signer().map(TrustVersions::anchor).orElse(ProxyTrust.NOTHING);
        return acknowledged(proxy -> proxy.isUnder(wanted), stage);
    }

    private Acknowledged acknowledged(Predicate<ProxyTrust> done, Stage stage) {
        var since = since(stage);
        return Acknowledged.of(
                facts.proxies(), done, proxy -> proxy.waitedFor(since, policy.waitForAbsent(), facts.now()));
    }

    /** What the status says of an earlier rotation, because it could not be written since, does not count. */
    private boolean remembers(Stage stage) {
        var next = facts.stored().record().next();
        return facts.before()
                .filter(memory -> memory.stage() == stage)
                .filter(memory ->
                        next == null || !memory.since().isBefore(next.started().minus(CLOCK_SKEW)))
                .isPresent();
    }

    private Instant since(Stage stage) {
        return remembers(stage) ? facts.before().map(Memory::since).orElseThrow() : facts.now();
    }

    private boolean anchorEnded() {
        return facts.stored()
                .signer()
                .map(anchor -> !facts.now().isBefore(end(anchor)))
                .orElse(true);
    }

    private boolean anchorDue() {
        return facts.stored()
                .signer()
                .map(anchor ->
                        !facts.now().isBefore(end(anchor).minus(policy.anchor().renewBefore())))
                .orElse(true);
    }

    /** An issuer that ends with its anchor is left alone: there is nothing to gain. */
    private Optional<Step> renewal() {
        var now = facts.now();
        var end = end(facts.stored().issuer());
        var signer = facts.stored().signer();
        // A rotation is about to bring a new issuer anyway; only one that hangs must not let the old one end.
        var early = facts.stored().next().isPresent() && !facts.stored().switched()
                ? policy.issuer().renewBefore().dividedBy(2)
                : policy.issuer().renewBefore();
        if (signer.isEmpty() || now.isBefore(end.minus(early))) {
            return Optional.empty();
        }
        var next = now.plus(policy.issuer().lifetime());
        var nextEnd = next.isBefore(end(signer.get())) ? next : end(signer.get());
        var gain = Duration.between(end, nextEnd);
        var least = policy.issuer().lifetime().dividedBy(LEAST_GAIN);
        var left = Duration.between(now, end);
        return gain.isPositive() && (gain.compareTo(least) >= 0 || left.compareTo(gain) < 0)
                ? Optional.of(Step.RENEW)
                : Optional.empty();
    }

    private static Instant end(X509Certificate certificate) {
        return certificate.getNotAfter().toInstant();
    }
}
