// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.faults;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.core.ThrowingRunnable;

/** Waits for conditions, and says how large a test is. */
final class Waiting {
    /** What only a broken server misses, also on a busy machine. */
    private static final Duration DEADLINE = Duration.ofSeconds(120);

    private Waiting() {}

    static void until(String what, Callable<Boolean> condition) {
        until(what, DEADLINE, condition);
    }

    static void untilAsserted(ThrowingRunnable assertion) {
        await().atMost(DEADLINE).pollInterval(Duration.ofMillis(100)).untilAsserted(assertion);
    }

    static void until(String what, Duration deadline, Callable<Boolean> condition) {
        await(what).atMost(deadline).pollInterval(Duration.ofMillis(20)).until(condition);
    }
}
