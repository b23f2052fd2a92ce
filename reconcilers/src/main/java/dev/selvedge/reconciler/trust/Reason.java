// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.trust;

/** Why an anchor or an issuer is made. */
public enum Reason {
    FIRST("First"),
    SCHEDULED("Scheduled"),
    REQUESTED("Requested"),
    /** The Secret with the anchor's key is gone. */
    KEY_LOST("KeyLost"),
    /** Whoever provides the issuer provides another. */
    PROVIDED("Provided"),
    /** The issuer was provided by somebody else, and is to be our own again. */
    MANAGED("Managed"),
    /** The mesh moves to another trust domain. */
    TRUST_DOMAIN("TrustDomain");

    private final String text;

    Reason(String text) {
        this.text = text;
    }

    /** As it stands in the status. */
    public String text() {
        return text;
    }

    /** Reads {@link #text()}. */
    public static Reason of(String text) {
        for (var reason : values()) {
            if (reason.text.equals(text)) {
                return reason;
            }
        }
        throw new IllegalArgumentException("\"" + text + "\" is no reason for a rotation");
    }
}
