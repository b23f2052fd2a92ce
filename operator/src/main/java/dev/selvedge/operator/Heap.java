// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.function.LongSupplier;

/**
 * Keeps what is garbage in the heap below what lives, so that the process gives memory back that it needed once: for
 * reading the cluster, for a crowd of proxies. Left alone, the collector lets the heap fill to its limit before it looks
 * at all of it.
 */
final class Heap {
    /** Less is not worth a pause, in bytes. */
    static final long WORTH = 32 << 20;

    private final LongSupplier used;
    private final Runnable collect;
    private long lived;

    /** @param used bytes in the old generation */
    Heap(LongSupplier used, Runnable collect) {
        this.used = used;
        this.collect = collect;
    }

    /** Of this process. With a collector that has no old generation nothing is ever collected here. */
    static Heap own() {
        var old = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP && isOld(pool))
                .findFirst();
        return new Heap(() -> old.map(pool -> pool.getUsage().getUsed()).orElse(0L), System::gc);
    }

    /** Serial, Parallel and G1 call theirs {@code Tenured Gen}, {@code PS Old Gen} and {@code G1 Old Gen}. */
    private static boolean isOld(MemoryPoolMXBean pool) {
        return pool.getName().endsWith("Tenured Gen") || pool.getName().endsWith("Old Gen");
    }

    /** Collects everything if as much has come since the last time as lived then. */
    void giveBack() {
        var now = used.getAsLong();
        lived = Math.min(lived, now);
        if (now - lived >= Math.max(lived, WORTH)) {
            collect.run();
            lived = used.getAsLong();
        }
    }
}
