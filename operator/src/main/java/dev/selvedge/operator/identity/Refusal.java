// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import io.grpc.Status;
import io.micrometer.core.instrument.MeterRegistry;

/** A caller is turned away. The message never holds the token. */
public final class Refusal extends Exception {
    /** Why; the text is the value of the counter's label. */
    public enum Reason {
        NO_TOKEN("no-token", Status.UNAUTHENTICATED),
        /** Unknown, expired, for another audience, or signed by somebody else. */
        INVALID_TOKEN("invalid-token", Status.UNAUTHENTICATED),
        NOT_BOUND_TO_A_POD("not-bound-to-a-pod", Status.PERMISSION_DENIED),
        /** The bound pod is not known, or its name was taken over by another. */
        UNKNOWN_POD("unknown-pod", Status.PERMISSION_DENIED),
        WRONG_SERVICE_ACCOUNT("wrong-service-account", Status.PERMISSION_DENIED),
        NO_PROXY_IN_POD("no-proxy-in-pod", Status.PERMISSION_DENIED),
        NOT_A_MEMBER("not-a-member", Status.PERMISSION_DENIED),
        NOT_THE_OPERATOR("not-the-operator", Status.PERMISSION_DENIED),
        /** The API server did not review the token; the caller may well be right. */
        REVIEW_FAILED("review-failed", Status.UNAVAILABLE);

        private final String text;
        private final Status status;

        Reason(String text, Status status) {
            this.text = text;
            this.status = status;
        }
    }

    private final Reason reason;

    /** @param message what is wrong, for the caller; no secrets */
    public Refusal(Reason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }

    /** Counts it. */
    public void count(MeterRegistry meters) {
        meters.counter("selvedge.authentication.failures", "reason", reason.text)
                .increment();
    }

    /** What the caller is told. */
    public Status status() {
        return reason.status.withDescription(getMessage());
    }
}
