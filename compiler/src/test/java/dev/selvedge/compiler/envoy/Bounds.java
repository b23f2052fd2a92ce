// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static org.assertj.core.api.Assertions.assertThat;

/** How often something may happen by chance. */
final class Bounds {
    /** A right share is outside of these bounds once in a million tests. */
    private static final double DEVIATIONS = 5;

    private Bounds() {}

    /** Asserts that of so many independent tries as many succeeded as a probability allows. */
    static void assertShare(int succeeded, int tries, double probability) {
        var mean = tries * probability;
        var allowed = DEVIATIONS * Math.sqrt(tries * probability * (1 - probability));
        assertThat((double) succeeded).isBetween(mean - allowed, mean + allowed);
    }
}
