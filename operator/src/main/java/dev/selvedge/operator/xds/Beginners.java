// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;

/**
 * Streams that have not taken their first configuration yet. A few are served at a time, in the order in which they came:
 * when a thousand proxies come back together, the first are served completely before the last begin, and what is made for
 * them at once is bounded. Nobody is sent away.
 */
final class Beginners {
    /** A stream that has something to take. */
    interface Beginner {
        /** It is its turn. */
        void begin();
    }

    /** Enough that no processor waits for the network. */
    static final int AT_ONCE = 32;

    /** One that does not get on gives its place to the next, and is served beside it. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    /** Longer than even a starved replica takes; one that has nothing by then is no news any more. */
    static final Duration ARRIVAL = Duration.ofMinutes(5);

    /** So long after so many have come together, it is still a crowd: they come as quickly as they are let in. */
    static final Duration LULL = Duration.ofSeconds(5);

    /** Served in this order; any may leave. */
    private final SequencedSet<Beginner> waiting = new LinkedHashSet<>();

    private final Map<Beginner, Instant> begun = new LinkedHashMap<>();

    /** All that are not served yet, and when they came. */
    private final Map<Beginner, Instant> arriving = new LinkedHashMap<>();

    /** When the last few came, one more than are served at a time. */
    private final Deque<Instant> came = new ArrayDeque<>();

    /** Lets a stream begin, now or when it is its turn. */
    void add(Beginner stream, Instant now) {
        synchronized (this) {
            waiting.add(stream);
            arriving.put(stream, now);
            came.add(now);
            if (came.size() > AT_ONCE + 1) {
                came.remove();
            }
        }
        next(now);
    }

    /** A stream has its first configuration, or is over. */
    void done(Beginner stream, Instant now) {
        synchronized (this) {
            arriving.remove(stream);
            if (begun.remove(stream) == null) {
                waiting.remove(stream);
                return;
            }
        }
        next(now);
    }

    /** To be called every few seconds. */
    void tick(Instant now) {
        synchronized (this) {
            begun.values().removeIf(since -> since.plus(PATIENCE).isBefore(now));
            arriving.values().removeIf(since -> since.plus(ARRIVAL).isBefore(now));
        }
        next(now);
    }

    /**
     * Whether more are not served yet than are at a time, or as many have come just now: then all that is counted is about
     * to change again.
     */
    synchronized boolean isCrowd(Instant now) {
        return arriving.size() > AT_ONCE
                || came.size() > AT_ONCE && came.getFirst().plus(LULL).isAfter(now);
    }

    private void next(Instant now) {
        var turn = new ArrayList<Beginner>();
        synchronized (this) {
            while (begun.size() < AT_ONCE && !waiting.isEmpty()) {
                var stream = waiting.removeFirst();
                begun.put(stream, now);
                turn.add(stream);
            }
        }
        // Not under our lock: a stream has one of its own, and calls us under it.
        turn.forEach(Beginner::begin);
    }
}
