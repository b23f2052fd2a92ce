// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Tells a reader that takes nothing from one that is slow. The caller serialises. */
final class Stall {
    /** Bytes; more than the pings of both sides come to while a reader is waited for. */
    static final long PROGRESS = 1 << 10;

    private @Nullable Instant since;
    private long takenThen;

    /** There is nothing that it has to take. */
    void over() {
        since = null;
    }

    /**
     * To be asked every few seconds while there is something to take.
     *
     * @param now by a clock that nobody sets
     * @param taken bytes that the reader took since it came
     * @return whether it has taken nothing for so long
     */
    boolean lasts(Instant now, long taken, Duration patience) {
        if (since == null || taken - takenThen >= PROGRESS) {
            since = now;
            takenThen = taken;
        }
        return !now.isBefore(since.plus(patience));
    }
}
