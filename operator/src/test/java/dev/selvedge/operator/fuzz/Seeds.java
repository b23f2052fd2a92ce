// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.fuzz;

import java.time.Duration;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * The seeds of a fuzz test. In the unit tests they are always the same few. With {@code -Dfuzz.seconds=300} they are
 * new ones until the time is over; with {@code -Dfuzz.seed=N} it is that one.
 */
public final class Seeds {
    /** Tests that share the time. */
    private static final int TESTS = 4;

    /** One round. */
    public interface Round {
        void run(Random random) throws Exception;
    }

    private Seeds() {}

    /**
     * Runs rounds; the first that fails tells its seed.
     *
     * @param few how many in the unit tests
     */
    public static void each(String test, int few, Round round) {
        var seed = Long.getLong("fuzz.seed");
        var seconds = Long.getLong("fuzz.seconds", 0);
        if (seed != null) {
            run(test, seed, round);
        } else if (seconds > 0) {
            forAWhile(test, Duration.ofSeconds(seconds).dividedBy(TESTS), round);
        } else {
            for (long fixed = 0; fixed < few; fixed++) {
                run(test, fixed, round);
            }
        }
    }

    private static void forAWhile(String test, Duration time, Round round) {
        long first = System.nanoTime();
        var seeds = new SplittableRandom(first);
        System.out.printf("%s: seeds are made from %d%n", test, first);
        long rounds = 0;
        while (System.nanoTime() - first < time.toNanos()) {
            run(test, seeds.nextLong(), round);
            rounds++;
        }
        System.out.printf("%s: %d rounds%n", test, rounds);
    }

    private static void run(String test, long seed, Round round) {
        try {
            round.run(new Random(seed));
        } catch (Exception | AssertionError e) {
            throw new AssertionError(test + " fails with -Dfuzz.seed=" + seed + ": " + e.getMessage(), e);
        }
    }
}
