// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.faults;

import java.time.Duration;

/** How long {@code make soak} takes. */
final class Soak {
    private static final Duration ALL = Duration.ofSeconds(Long.getLong("soak.seconds", 900));

    /** What the parts that have a size rather than a length take, about. */
    private static final Duration FIXED = Duration.ofSeconds(400);

    private Soak() {}

    /** One of so many equal parts of the time that can be given away; at least a minute. */
    static Duration share(int parts) {
        var share = ALL.minus(FIXED).dividedBy(parts);
        return share.compareTo(Duration.ofMinutes(1)) < 0 ? Duration.ofMinutes(1) : share;
    }
}
