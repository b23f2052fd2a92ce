// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.resource.ResourceType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Everybody comes at once, with nothing, to an operator that knows nobody's token. */
@Tag("cluster")
@ExtendWith(World.Shared.class)
final class HerdTest {
    private static final int SERVICES = 20;
    private static final int REVIEWS_AT_ONCE = 16;
    private static final long MEGABYTE = 1 << 20;

    private final World world;

    HerdTest(World world) {
        this.world = world;
    }

    @Test
    void of_two_hundred() throws Exception {
        connect(200, 250 * MEGABYTE);
    }

    @Test
    @Tag("soak")
    void of_a_thousand() throws Exception {
        connect(1_000, 500 * MEGABYTE);
    }

    private void connect(int count, long memory) throws Exception {
        var rules = new Rules();
        for (int i = 0; i < SERVICES; i++) {
            world.service("herd" + i);
            world.endpoints("herd" + i, List.of("10.6.0." + (i + 1)));
            rules.lasts("herd" + i, "10.6.0." + (i + 1));
        }
        var tokens = world.tokens(world.pods("herd" + count, count));
        var proxies = new ArrayList<MeshProxy>();
        try (var chaos = new ChaosProxy(world.config());
                var replica = new ReplicaProcess(List.of(), Integer.toString(chaos.port()), "herded")) {
            Waiting.until("the replica serves", replica::isServing);
            var before = replica.peakMemory();
            var mesh = MeshProxy.Mesh.of(world.anchors(), replica::port, rules);
            tokens.forEach((pod, token) -> proxies.add(new MeshProxy(mesh, pod.name(), token, null)));
            proxies.forEach(MeshProxy::connect);
            Waiting.until("everybody has everything", Duration.ofMinutes(5), () -> proxies.stream()
                    .allMatch(proxy -> proxy.completeAt() > 0
                            && proxy.has().versions(ResourceType.ROUTE).size() >= SERVICES));

            var firstComplete =
                    proxies.stream().mapToLong(MeshProxy::completeAt).min().orElseThrow();
            var lastBegun =
                    proxies.stream().mapToLong(MeshProxy::connectedAt).max().orElseThrow();
            assertThat(firstComplete)
                    .as("the first is served before the last begins")
                    .isLessThan(lastBegun);
            assertThat(proxies).as("nobody is sent away").allMatch(proxy -> proxy.lastEnd() == null);
            assertThat(rules.broken()).isEmpty();
            assertThat(chaos.reviews().all()).as("one review for each token").hasValue(count);
            assertThat(chaos.reviews().most().get()).as("reviews at once").isLessThanOrEqualTo(REVIEWS_AT_ONCE);
            assertThat(replica.peakMemory() - before).as("bytes of memory more").isLessThan(memory);
        } finally {
            proxies.forEach(MeshProxy::close);
            for (int i = 0; i < SERVICES; i++) {
                world.delete("herd" + i);
            }
        }
    }
}
