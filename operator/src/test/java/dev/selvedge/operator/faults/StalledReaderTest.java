// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.operator.Replica;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One proxy of many takes nothing any more: nobody else waits, little is kept for it, and then it is cut. */
@Tag("cluster")
@ExtendWith(World.Shared.class)
final class StalledReaderTest {
    private static final int UPDATES = 8;
    private static final int ENDPOINTS = 3_000;

    /** What gRPC takes before it says that it is full, the client's window, a response, and what TLS holds. */
    private static final long MOST_QUEUED = 512 << 10;

    private final World world;
    private final Rules rules = new Rules();
    private int version;

    StalledReaderTest(World world) {
        this.world = world;
    }

    @Test
    void among_a_hundred() throws Exception {
        stallOneOf(100);
    }

    @Test
    @Tag("soak")
    void among_a_thousand() throws Exception {
        stallOneOf(1_000);
    }

    private void stallOneOf(int count) throws Exception {
        var proxies = new ArrayList<MeshProxy>();
        world.service("stall");
        update();
        try (var replica = new Replica(world.client(), "stalled", Clock.systemUTC()).start()) {
            Waiting.until("the replica serves", replica::isReady);
            var mesh = MeshProxy.Mesh.of(world.anchors(), replica::port, rules);
            world.tokens(world.pods("stall" + count, count))
                    .forEach((pod, token) ->
                            proxies.add(new MeshProxy(mesh, pod.name(), token, Set.of("shop/stall:80")).connect()));
            Waiting.until("every proxy has everything", () -> proxies.stream()
                    .allMatch(proxy -> proxy.has().complete()));

            var before = p99(proxies);
            var stalled = proxies.removeLast();
            stalled.stall();
            var received = bytes(proxies) + stalled.bytes();
            var sent = replica.metric("selvedge.xds.bytes");
            var with = p99(proxies);
            assertThat(with)
                    .as("milliseconds at p99 with one that stalls; %d without", before)
                    .isLessThan(3 * before + 1_000);
            var queued = replica.metric("selvedge.xds.bytes") - sent - (bytes(proxies) + stalled.bytes() - received);
            assertThat(queued).as("bytes made for it and not taken").isBetween(1.0, (double) MOST_QUEUED);

            Waiting.until("it is cut", () -> replica.metric("selvedge.xds.stalled") > 0);
            assertThat(proxies).as("nobody else is").allMatch(proxy -> proxy.lastEnd() == null);
            stalled.close();
            assertThat(replica.metric("selvedge.xds.stalled")).isOne();
        } finally {
            proxies.forEach(MeshProxy::close);
            world.delete("stall");
        }
        assertThat(rules.broken()).isEmpty();
    }

    private static long bytes(List<MeshProxy> proxies) {
        return proxies.stream().mapToLong(MeshProxy::bytes).sum();
    }

    /** Milliseconds from the API write to a proxy's receipt. */
    private long p99(List<MeshProxy> proxies) {
        var all = new ArrayList<Long>();
        for (int i = 0; i < UPDATES; i++) {
            var start = System.nanoTime();
            update();
            var newest = address(ENDPOINTS - 1);
            Waiting.until("everybody has the update", () -> proxies.stream()
                    .allMatch(proxy -> proxy.has().find(ResourceType.ENDPOINTS, "shop/stall:80").stream()
                            .anyMatch(each ->
                                    each.getResource().getValue().toStringUtf8().contains(newest))));
            proxies.forEach(proxy -> all.add(TimeUnit.NANOSECONDS.toMillis(proxy.endpointsAt() - start)));
        }
        all.sort(null);
        return all.get(all.size() * 99 / 100);
    }

    /** Every address is another one: about 90 kB, more than gRPC queues before it says that it is full. */
    private void update() {
        version++;
        world.endpoints(
                "stall", IntStream.range(0, ENDPOINTS).mapToObj(this::address).toList());
    }

    private String address(int endpoint) {
        return "10.%d.%d.%d".formatted(100 + version % 100, endpoint / 200, 1 + endpoint % 200);
    }
}
