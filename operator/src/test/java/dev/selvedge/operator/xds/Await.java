// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for a condition, with a deadline that only a broken server misses. */
final class Await {
    static final Duration DEADLINE = Duration.ofSeconds(20);

    private Await() {}

    static void until(Callable<Boolean> condition) {
        await().atMost(DEADLINE).pollInterval(Duration.ofMillis(2)).until(condition);
    }
}
