// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What this process uses, after a garbage collection.
 *
 * @param heap bytes
 * @param direct bytes of direct buffers
 * @param files open file descriptors
 * @param threads of the platform
 */
public record ResourceUse(long heap, long direct, long files, int threads) {
    /** What one process may use more or less from one moment to the next: pools that fill, caches that warm. */
    private static final ResourceUse NOISE = new ResourceUse(24 << 20, 16 << 20, 24, 24);

    public static ResourceUse now() {
        System.gc();
        var memory = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        var direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .filter(pool -> pool.getName().equals("direct"))
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum()
                + io.netty.util.internal.PlatformDependent.usedDirectMemory();
        return new ResourceUse(
                memory, direct, openFiles(), ManagementFactory.getThreadMXBean().getThreadCount());
    }

    private static long openFiles() {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits until no more is used than before. */
    public void assertFlat() {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(500))
                .untilAsserted(() -> {
                    var now = now();
                    assertThat(now.heap()).as("heap").isLessThan(heap + NOISE.heap());
                    assertThat(now.direct()).as("direct buffers").isLessThan(direct + NOISE.direct());
                    assertThat(now.files()).as("file descriptors").isLessThan(files + NOISE.files());
                    assertThat(now.threads()).as("threads").isLessThan(threads + NOISE.threads());
                });
    }
}
