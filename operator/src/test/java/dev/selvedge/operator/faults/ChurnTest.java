// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.operator.Replica;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Proxies come and go; what they cost goes with them. Client and server are in this process: neither may grow. */
@Tag("cluster")
@ExtendWith(World.Shared.class)
final class ChurnTest {
    private static final int PODS = 25;
    private static final long MEGABYTE = 1 << 20;

    private final World world;

    ChurnTest(World world) {
        this.world = world;
    }

    /** What a process may lose little by little. */
    private record Held(long files, long direct, long heap) {
        static Held now() throws IOException {
            for (int i = 0; i < 3; i++) {
                System.gc();
            }
            try (var files = Files.list(Path.of("/proc/self/fd"))) {
                return new Held(
                        files.count(),
                        PlatformDependent.usedDirectMemory(),
                        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
            }
        }
    }

    @Test
    void five_hundred_times() throws Exception {
        comeAndGo(500);
    }

    @Test
    @Tag("soak")
    void ten_thousand_times() throws Exception {
        comeAndGo(10_000);
    }

    private void comeAndGo(int times) throws Exception {
        world.service("churn");
        world.endpoints("churn", List.of("10.5.0.1"));
        var tokens = world.tokens(world.pods("churn" + times, PODS));
        try (var replica = new Replica(world.client(), "churned", Clock.systemUTC()).start()) {
            Waiting.until("the replica serves", replica::isReady);
            var mesh = MeshProxy.Mesh.of(world.anchors(), replica::port, new Rules());
            // The first half fills pools and caches; what the second adds is a leak.
            for (int i = 0; i < times / 2; i += PODS) {
                all(replica, mesh, tokens);
            }
            var before = Held.now();
            for (int i = 0; i < times / 2; i += PODS) {
                all(replica, mesh, tokens);
            }
            var after = Held.now();
            assertThat(after.files() - before.files()).as("file descriptors").isLessThanOrEqualTo(5);
            assertThat(after.direct() - before.direct()).as("direct memory").isLessThanOrEqualTo(4 * MEGABYTE);
            assertThat(after.heap() - before.heap()).as("heap").isLessThanOrEqualTo(4 * MEGABYTE);
        } finally {
            world.delete("churn");
        }
    }

    private static void all(Replica replica, MeshProxy.Mesh mesh, Map<World.Workload, String> tokens) {
        var proxies = new ArrayList<MeshProxy>();
        tokens.forEach(
                (pod, token) -> proxies.add(new MeshProxy(mesh, pod.name(), token, Set.of("shop/churn:80")).connect()));
        Waiting.until("everybody is served", () -> proxies.stream()
                .allMatch(proxy -> proxy.has().complete()));
        proxies.forEach(MeshProxy::close);
        Waiting.until("everybody is gone", () -> replica.metric("selvedge.xds.proxies") == 0);
    }
}
