// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.TrustStatus.Stage;
import dev.selvedge.reconciler.pki.Certificates;
import dev.selvedge.reconciler.status.Conditions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The condition {@code TrustHealthy}, and the warnings that something is about to end. */
final class TrustHealth {
    static final String TYPE = "TrustHealthy";

    /** Parts of a certificate's life, in percent; at the first, an Event; from the second on, also the condition. */
    private static final int[] WARNED_AT = {3, 10, 30};

    /** What somebody else provides cannot be used. */
    static final String REFUSED = "IssuerRefused";

    /** Anchors that somebody else lists cannot be used. */
    static final String BUNDLE_REFUSED = "BundleRefused";

    private static final int UNHEALTHY_AT = 10;
    private static final int PERCENT = 100;

    private TrustHealth() {}

    /**
     * Something is about to end.
     *
     * @param key of the certificate and of how far it has come, so that each is told once
     */
    record Warning(String key, int percent, String message) {}

    /** What to tell: for each authority in use, and our own servers, the last mark that it has passed. */
    static List<Warning> warnings(TrustOutlook outlook, Instant now) {
        var warnings = new ArrayList<Warning>();
        var stored = outlook.stored();
        // At first a rotation that is under way is left to do its work.
        boolean minded = outlook.decision().stage() != Stage.STABLE
                || outlook.decision().step().isPresent();
        stored.signer()
                .flatMap(anchor -> warning("trust anchor", anchor, minded, now))
                .ifPresent(warnings::add);
        warning("issuer", stored.issuer(), minded, now).ifPresent(warnings::add);
        // It is renewed at half of its life, by nobody else: whatever is under way, it should not come to this.
        outlook.serving()
                .flatMap(serving -> warning("operator's serving certificate", serving, false, now))
                .ifPresent(warnings::add);
        stored.additional().stream()
                .flatMap(anchor -> warning("additional trust anchor", anchor, false, now).stream())
                .forEach(warnings::add);
        return warnings;
    }

    private static Optional<Warning> warning(String what, X509Certificate certificate, boolean minded, Instant now) {
        var begin = certificate.getNotBefore().toInstant();
        var end = certificate.getNotAfter().toInstant();
        long life = Duration.between(begin, end).toSeconds();
        long left = Math.max(0, Duration.between(now, end).toSeconds());
        for (int percent : WARNED_AT) {
            if (left * PERCENT <= life * percent && !(minded && percent > UNHEALTHY_AT)) {
                var fingerprint = Certificates.fingerprint(certificate);
                return Optional.of(new Warning(
                        fingerprint + percent,
                        percent,
                        "The " + what + " " + fingerprint.substring(0, 8) + " ends at " + end + ": less than " + percent
                                + " % of its life is left."));
            }
        }
        return Optional.empty();
    }

    static Condition condition(
            Conditions conditions,
            Optional<TrustOutlook> trust,
            Provision provision,
            Optional<RotationFailure> failure,
            Instant now) {
        var state = trust.map(outlook -> state(outlook, now)).orElse("");
        if (failure.isPresent()) {
            return conditions.of(
                    TYPE, false, "RotationFailed", state + failure.get().message());
        }
        if (trust.isEmpty()) {
            return pending(conditions, provision);
        }
        if (trust.get().stored().ended(now)) {
            return conditions.of(TYPE, false, "IssuerEnded", state + waiting(trust.get(), ended(provision)));
        }
        if (provision.refusal().isPresent()) {
            return conditions.of(
                    TYPE,
                    false,
                    REFUSED,
                    state + "The one that is provided is not used and this one stays. "
                            + provision.refusal().get());
        }
        if (provision.bundleRefusal().isPresent()) {
            return conditions.of(
                    TYPE,
                    false,
                    BUNDLE_REFUSED,
                    state + "The additional trust anchors of before stay. "
                            + provision.bundleRefusal().get());
        }
        var urgent = warnings(trust.get(), now).stream()
                .filter(warning -> warning.percent() <= UNHEALTHY_AT)
                .findFirst();
        if (urgent.isPresent()) {
            return conditions.of(TYPE, false, "Expiring", urgent.get().message() + " " + waiting(trust.get(), ""));
        }
        var stage = trust.get().decision().stage();
        return stage == Stage.STABLE
                ? conditions.of(TYPE, true, "Healthy", state + waiting(trust.get(), renewal(provision)))
                : conditions.of(TYPE, true, stage.text(), state + waiting(trust.get(), ""));
    }

    private static Condition pending(Conditions conditions, Provision provision) {
        return provision
                .refusal()
                .map(refusal -> conditions.of(TYPE, false, REFUSED, "There is no issuer yet. " + refusal))
                .orElseGet(() -> conditions.of(
                        TYPE,
                        false,
                        "Pending",
                        provision.expected()
                                ? "The rotation Job takes over the issuer that is provided."
                                : "The rotation Job makes the trust anchor and the issuer."));
    }

    private static String ended(Provision provision) {
        return provision
                .refusal()
                .orElse(
                        provision.expected()
                                ? "Provide another in " + Provision.SECRET + "."
                                : "The rotation Job makes the next.");
    }

    private static String renewal(Provision provision) {
        return provision.expected()
                ? "Whoever fills " + Provision.SECRET + " renews it before."
                : "It is renewed before.";
    }

    private static String state(TrustOutlook outlook, Instant now) {
        var end = outlook.stored().issuerEnd();
        return outlook.stored().ended(now)
                ? "The issuer ended at " + end + " and no certificate can be renewed. "
                : "The issuer is good until " + end + ". ";
    }

    private static String waiting(TrustOutlook outlook, String otherwise) {
        return outlook.decision().waiting().orElse(otherwise);
    }
}
