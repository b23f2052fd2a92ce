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

    @Test
    void of_two_hundred_that_come_back() throws Exception {
        comeBack(200, 250 * MEGABYTE);
    }

    @Test
    @Tag("soak")
    void of_a_thousand_that_come_back() throws Exception {
        comeBack(1_000, 500 * MEGABYTE);
    }

    private void connect(int count, long memory) throws Exception {
        var rules = services();
        var proxies = new ArrayList<MeshProxy>();
        try (var chaos = new ChaosProxy(world.config());
                var replica = replica(chaos, "herded")) {
            var before = replica.peakMemory();
            proxies.addAll(proxies("herd" + count, count, MeshProxy.Mesh.of(world.anchors(), replica::port, rules)));
            everybodyHasEverything(proxies);

            var firstComplete =
                    proxies.stream().mapToLong(MeshProxy::completeAt).min().orElseThrow();
            var lastBegun =
                    proxies.stream().mapToLong(MeshProxy::connectedAt).max().orElseThrow();
            assertThat(firstComplete)
                    .as("the first is served before the last begins")
                    .isLessThan(lastBegun);
            assertThat(proxies).as("nobody is sent away").allMatch(proxy -> proxy.lastEnd() == null);
            assertThat(rules.broken()).isEmpty();
            assertFrugal(replica, chaos, count, replica.peakMemory() - before, memory);
        } finally {
            proxies.forEach(MeshProxy::close);
            remove();
        }
    }

    /** The replica that has everybody is killed, and the other knows nobody. */
    private void comeBack(int count, long memory) throws Exception {
        var rules = services();
        var proxies = new ArrayList<MeshProxy>();
        try (var chaos = new ChaosProxy(world.config());
                var first = new ReplicaProcess(List.of(), world.kubeconfig().toString(), "first");
                var second = replica(chaos, "second")) {
            Waiting.until("the first replica serves", first::isServing);
            var mesh = MeshProxy.Mesh.of(world.anchors(), () -> first.isAlive() ? first.port() : second.port(), rules);
            proxies.addAll(proxies("back" + count, count, mesh));
            everybodyHasEverything(proxies);
            var ends = ends(proxies);
            var responses = responses(proxies);
            var before = second.peakMemory();

            first.kill();
            world.endpoints("herd0", List.of("10.6.0.1", "10.6.1.1"));
            Waiting.until("everybody has the new endpoint", Duration.ofMinutes(5), () -> proxies.stream()
                    .allMatch(proxy -> proxy.has().find(ResourceType.ENDPOINTS, "shop/herd0:80").stream()
                            .anyMatch(endpoints -> endpoints
                                    .getResource()
                                    .getValue()
                                    .toStringUtf8()
                                    .contains("10.6.1.1"))));

            assertThat(ends(proxies) - ends)
                    .as("streams that ended with the first")
                    .isEqualTo(count);
            assertThat(rules.broken()).isEmpty();
            assertThat(rules.repeated())
                    .as("what did not change is not sent again")
                    .isEmpty();
            assertThat(responses(proxies) - responses).as("one response each").isEqualTo(count);
            assertFrugal(second, chaos, count, second.peakMemory() - before, memory);
        } finally {
            proxies.forEach(MeshProxy::close);
            remove();
        }
    }

    private Rules services() {
        var rules = new Rules();
        for (int i = 0; i < SERVICES; i++) {
            world.service("herd" + i);
            world.endpoints("herd" + i, List.of("10.6.0." + (i + 1)));
            rules.lasts("herd" + i, "10.6.0." + (i + 1));
        }
        return rules;
    }

    private void remove() {
        for (int i = 0; i < SERVICES; i++) {
            world.delete("herd" + i);
        }
    }

    private static ReplicaProcess replica(ChaosProxy chaos, String name) throws Exception {
        var replica = new ReplicaProcess(List.of(), Integer.toString(chaos.port()), name);
        Waiting.until("the replica serves", replica::isServing);
        return replica;
    }

    private List<MeshProxy> proxies(String prefix, int count, MeshProxy.Mesh mesh) {
        var proxies = new ArrayList<MeshProxy>();
        world.tokens(world.pods(prefix, count))
                .forEach((pod, token) -> proxies.add(new MeshProxy(mesh, pod.name(), token, null)));
        proxies.forEach(MeshProxy::connect);
        return proxies;
    }

    private static void everybodyHasEverything(List<MeshProxy> proxies) {
        Waiting.until("everybody has everything", Duration.ofMinutes(5), () -> proxies.stream()
                .allMatch(proxy -> proxy.completeAt() > 0
                        && proxy.has().versions(ResourceType.ROUTE).size() >= SERVICES));
    }

    private static int ends(List<MeshProxy> proxies) {
        return proxies.stream().mapToInt(MeshProxy::ends).sum();
    }

    private static int responses(List<MeshProxy> proxies) {
        return proxies.stream().mapToInt(MeshProxy::responses).sum();
    }

    private static void assertFrugal(ReplicaProcess replica, ChaosProxy chaos, int count, long used, long memory) {
        assertThat(replica.isAlive()).isTrue();
        assertThat(chaos.reviews().all()).as("one review for each token").hasValue(count);
        assertThat(chaos.reviews().most().get()).as("reviews at once").isLessThanOrEqualTo(REVIEWS_AT_ONCE);
        assertThat(used).as("bytes of memory more").isLessThan(memory);
    }
}
