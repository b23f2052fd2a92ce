// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Waits for an answer that stays. A connection of the caller's proxy that was open when rules changed may serve one more
 * request under the old ones, and each of its two workers has connections of its own: so the answer has to be the same
 * several times in a row, each time to a new process.
 */
final class Steady {
    private static final int TIMES = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(45);

    private Steady() {}

    /** @param asExpected asks once */
    static void answer(String what, BooleanSupplier asExpected) {
        var inARow = new AtomicInteger();
        await(what).atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
            inARow.set(ask(asExpected) ? inARow.get() + 1 : 0);
            return inARow.get() >= TIMES;
        });
    }

    /** What kubectl could not do is asked again. */
    private static boolean ask(BooleanSupplier asExpected) {
        try {
            return asExpected.getAsBoolean();
        } catch (AssertionError _) {
            return false;
        }
    }
}
