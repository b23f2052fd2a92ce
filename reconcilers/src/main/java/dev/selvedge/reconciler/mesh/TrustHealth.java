// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.TrustStatus.Stage;
import dev.selvedge.reconciler.status.Conditions;
import java.time.Instant;
import java.util.Optional;

/** The condition {@code TrustHealthy}. */
final class TrustHealth {
    static final String TYPE = "TrustHealthy";

    /** What somebody else provides cannot be used. */
    static final String REFUSED = "IssuerRefused";

    /** Anchors that somebody else lists cannot be used. */
    static final String BUNDLE_REFUSED = "BundleRefused";

    private TrustHealth() {}

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
        var urgent = ExpiryWarning.of(trust.get(), now).stream()
                .filter(ExpiryWarning::isUrgent)
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
