// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.trust;

import dev.selvedge.api.v1alpha1.MeshRotation.State;
import dev.selvedge.api.v1alpha1.TrustStatus.Stage;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
    private static final String NOT_EVERYWHERE =
            "The trust bundle could not be brought everywhere yet; it is tried again.";

    /**
     * Steps that make another issuer, or lead to where one can be made. They go before a renewal, which is impossible when
     * the rotation is there because the key of the old anchor is lost.
     */
    private static final Set<Step> ENDS_THE_ISSUER = EnumSet.of(Step.SWITCH, Step.RESTORE, Step.WITHDRAW);

    /** How far the clocks of the Job's node and ours may be apart. */
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

    /**
     * What is known at one moment.
     *
     * @param before the stage that the status shows, and since when
     * @param proxies all proxies, also those that are away
     * @param offer what somebody else provides; empty when nobody does, or what is there cannot be used
     * @param additional anchors to trust beside the mesh's own; empty when those of before are to stay
     * @param applied whether everything that hands out the stored bundle was brought up to it
     * @param settled whether every connected proxy has acknowledged all that it was sent
     */
    public record Facts(
            TrustState stored,
            Optional<Offer> offer,
            Optional<List<X509Certificate>> additional,
            Optional<Memory> before,
            List<ProxyTrust> proxies,
            String bundleVersion,
            boolean applied,
            boolean settled,
            Instant now) {
        public Facts {
            proxies = List.copyOf(proxies);
        }
    }

    /**
     * An issuer that somebody else provides.
     *
     * @param from when also those whose clock is behind take what it signs
     */
    public record Offer(X509Certificate issuer, X509Certificate anchor, Instant from) {}

    /** What the status remembers. */
    public record Memory(Stage stage, Instant since) {}

    private final RotationPolicy policy;
    private final Facts facts;
    private final Successors successors;

    private Rotations(RotationPolicy policy, Facts facts) {
        this.policy = policy;
        this.facts = facts;
        this.successors = new Successors(policy, facts);
    }

    /** What is so, and what comes next. */
    public static Decision decide(RotationPolicy policy, Facts facts) {
        return new Rotations(policy, facts).decide();
    }

    private Decision decide() {
        var next = staged();
        var renewal = successors
                .issuer()
                .filter(_ -> next.step().filter(ENDS_THE_ISSUER::contains).isEmpty());
        if (renewal.isPresent()) {
            return step(stage(), Step.RENEW, renewal.get());
        }
        if (facts.additional()
                .filter(wanted -> !wanted.equals(facts.stored().additional()))
                .isPresent()) {
            return step(stage(), Step.TRUST, Reason.PROVIDED);
        }
        return next;
    }

    private Decision staged() {
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
        boolean unwanted = policy.state() == State.ROLL_BACK || (!stored.switched() && successors.isUnwanted());
        if (unwanted && !retiring && isReversible()) {
            return Stage.ROLLING_BACK;
        }
        if (!stored.switched()) {
            return Stage.DISTRIBUTING;
        }
        return retiring || (facts.applied() && leaves(Stage.SWITCHING).byAll() && !isPaused())
                ? Stage.RETIRING
                : Stage.SWITCHING;
    }

    /** Whether what was before is there still. */
    private boolean isReversible() {
        return facts.stored().anchors().size() > 1 || facts.stored().move().isPresent();
    }

    private Decision stable() {
        var reason = successors.anchor();
        if (reason.isEmpty()) {
            return new Decision(
                    Stage.STABLE, since(Stage.STABLE), Optional.empty(), Reason.SCHEDULED, Optional.empty(), List.of());
        }
        // Nothing that an anchor which has ended signed is worth anything: there is nothing left to protect by waiting.
        if (policy.state() != State.ACTIVE && !successors.isAnchorOver()) {
            return waiting(
                    Stage.STABLE,
                    "Another trust anchor is to follow (" + reason.get().text() + "); " + heldBack());
        }
        return step(Stage.STABLE, Step.DISTRIBUTE, reason.get());
    }

    private Decision distributing() {
        if (successors.isAnchorOver()) {
            return step(Stage.DISTRIBUTING, Step.SWITCH, reason());
        }
        var trusting = acknowledged(proxy -> proxy.trusts(facts.bundleVersion()), Stage.DISTRIBUTING);
        if (!trusting.byAll()) {
            return waiting(Stage.DISTRIBUTING, trusting, "do not trust the next anchor and trust domain yet", "");
        }
        if (facts.stored().move().isPresent() && !facts.settled()) {
            return waiting(
                    Stage.DISTRIBUTING,
                    "Not every proxy has acknowledged the rules and clusters that accept both trust domains;"
                            + " status.proxies says how many.");
        }
        return gated(Stage.DISTRIBUTING, Step.SWITCH);
    }

    private Decision switching() {
        var leaves = leaves(Stage.SWITCHING);
        if (!leaves.byAll()) {
            return waiting(Stage.SWITCHING, leaves, "have a certificate of before still", leaves.untold());
        }
        return waiting(
                Stage.SWITCHING,
                isPaused() ? "Every proxy has a certificate of the new anchor; " + heldBack() : NOT_EVERYWHERE);
    }

    private Decision retiring() {
        var leaves = leaves(Stage.RETIRING);
        if (!leaves.byAll()) {
            return waiting(Stage.RETIRING, leaves, "have a certificate of before still", leaves.untold());
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
                : waiting(
                        Stage.ROLLING_BACK,
                        leaves,
                        "have a certificate of the new anchor or trust domain still",
                        leaves.untold());
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

    private Decision waiting(Stage stage, Acknowledged who, String what, String why) {
        var message = who.waiting().size() + " of " + facts.proxies().size() + " proxies " + what + ": " + who.named()
                + "." + why;
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
        var domain = facts.stored().trustDomain(policy.trustDomain());
        var wanted = facts.stored()
                .signer()
                .map(anchor -> TrustVersions.authority(anchor, domain))
                .orElse(ProxyTrust.NOTHING);
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
}
