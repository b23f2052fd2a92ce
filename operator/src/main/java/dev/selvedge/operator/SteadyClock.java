// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;

/** Begins with the time of day and then only counts: for how long something takes, which no setting of the clock changes. */
final class SteadyClock extends Clock {
    private final Clock clock;
    private final Instant start;
    private final long startNanos = System.nanoTime();

    SteadyClock(Clock clock) {
        this.clock = clock;
        this.start = clock.instant();
    }

    @Override
    public Instant instant() {
        return start.plusNanos(System.nanoTime() - startNanos);
    }

    @Override
    public ZoneId getZone() {
        return clock.getZone();
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return new SteadyClock(clock.withZone(zone));
    }
}
