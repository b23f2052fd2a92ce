// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.faults;

import java.time.Duration;

/** How long {@code make soak} takes. */
final class Soak {
    private static final Duration ALL = Duration.ofSeconds(Long.getLong("soak.seconds", 1800));

    /** What the parts that have a size rather than a length take, about. */
    private static final Duration FIXED = Duration.ofMinutes(12);

    private static final Duration LEAST = Duration.ofMinutes(1);
    private static final Duration OUTAGE = Duration.ofMinutes(10);

    private Soak() {}

    /** How long the API server is away: ten minutes, or a third of a shorter soak. */
    static Duration outage() {
        return atLeast(LEAST, atMost(OUTAGE, ALL.dividedBy(3)));
    }

    /** How long everything happens at random: the time that is left. */
    static Duration rest() {
        return atLeast(LEAST, ALL.minus(FIXED).minus(outage()));
    }

    private static Duration atLeast(Duration least, Duration time) {
        return time.compareTo(least) < 0 ? least : time;
    }

    private static Duration atMost(Duration most, Duration time) {
        return time.compareTo(most) > 0 ? most : time;
    }
}
