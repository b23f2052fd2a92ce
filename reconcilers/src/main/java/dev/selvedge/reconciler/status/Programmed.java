// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.status;

import dev.selvedge.reconciler.status.MeshState.Delivery;
import dev.selvedge.reconciler.status.MeshState.Rejection;

/**
 * The condition {@code Programmed} of an object whose generation has been compiled: on how many proxies it is.
 *
 * @param message one or two sentences
 */
public record Programmed(boolean status, String reason, String message) {
    /** The condition's type. */
    public static final String TYPE = "Programmed";

    /**
     * @param accepted whether the object is in force
     * @param generation of the object
     */
    public static Programmed of(boolean accepted, Delivery delivery, long generation) {
        if (delivery.rejection().isPresent()) {
            return new Programmed(
                    false, "Rejected", rejected(delivery, delivery.rejection().get()));
        }
        if (!accepted && delivery.total() == 0) {
            return new Programmed(false, "NotAccepted", "Not in force; Accepted says why.");
        }
        if (delivery.isProvisional()) {
            return new Programmed(
                    false,
                    "Pending",
                    "%d proxies acknowledged this generation; others may be concerned: %s."
                            .formatted(delivery.current(), String.join("; ", delivery.awaited())));
        }
        if (delivery.total() == 0) {
            return new Programmed(
                    true,
                    "NotInUse",
                    "No proxy holds anything that this policy shapes yet; it is in force for the first that does.");
        }
        boolean all = delivery.current() == delivery.total() && delivery.generation() >= generation;
        return new Programmed(
                all,
                all ? TYPE : "Pending",
                all
                        ? "All %d proxies that it concerns acknowledged this generation.".formatted(delivery.total())
                        : "%d of %d proxies acknowledged this generation; %d have not answered yet."
                                .formatted(delivery.current(), delivery.total(), delivery.pending()));
    }

    private static String rejected(Delivery delivery, Rejection rejection) {
        return "%d of %d proxies refused %s: \"%s\". The last good configuration stays in place. Proxies: %s."
                .formatted(
                        delivery.rejecting(),
                        delivery.total(),
                        rejection.resource(),
                        rejection.message(),
                        String.join(", ", rejection.proxies()));
    }
}
