// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.operator.Replica;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Leadership comes and goes every few seconds, and the leader writes a status each time; no proxy hears of it. */
@Tag("cluster")
@ExtendWith(World.Shared.class)
final class LeadershipTest {
    private final World world;

    LeadershipTest(World world) {
        this.world = world;
    }

    @Test
    void lost_and_won_again_it_sends_nothing() throws Exception {
        loseAndWin(1);
    }

    @Test
    @Tag("soak")
    void lost_and_won_again_and_again_it_sends_nothing() throws Exception {
        loseAndWin(6);
    }

    private void loseAndWin(int times) throws Exception {
        var rules = new Rules();
        world.service("led");
        world.endpoints("led", List.of("10.7.0.1"));
        var proxies = new ArrayList<MeshProxy>();
        try (var replica = new Replica(world.client(), "leader", Clock.systemUTC()).start()) {
            var won = new AtomicInteger();
            var election = replica.election();
            election.onGained(() -> status(won.incrementAndGet()));
            replica.standForElection();
            Waiting.until("it serves and leads", () -> replica.isReady() && won.get() == 1);
            var mesh = MeshProxy.Mesh.of(world.anchors(), replica::port, rules);
            world.tokens(world.pods("led", 5))
                    .forEach((pod, token) -> proxies.add(new MeshProxy(mesh, pod.name(), token, null).connect()));
            Waiting.until("every proxy has everything", () -> proxies.stream()
                    .allMatch(each -> each.has().complete()));
            settle(replica);
            var before = replica.metric("selvedge.xds.responses");

            for (int i = 1; i <= times; i++) {
                lease(Instant.now());
                Waiting.until("the lease is lost", () -> !election.isHeld());
                // Whoever took it is not heard of any more.
                lease(Instant.EPOCH);
                var terms = i + 1;
                Waiting.until("the lease is won", () -> won.get() == terms);
            }
            assertThat(replica.metric("selvedge.xds.responses")).isEqualTo(before);
            assertThat(proxies).allMatch(proxy -> proxy.lastEnd() == null);
            assertThat(rules.broken()).isEmpty();
        } finally {
            proxies.forEach(MeshProxy::close);
            world.delete("led");
        }
    }

    /** Every response is acknowledged. */
    private static void settle(Replica replica) {
        Waiting.until(
                "every response is acknowledged",
                () -> replica.metric("selvedge.xds.acks") == replica.metric("selvedge.xds.responses"));
    }

    private void lease(Instant renewed) {
        world.client()
                .leases()
                .inNamespace(Replica.NAMESPACE)
                .withName("selvedge-leader")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\":{\"holderIdentity\":\"somebody-else\",\"renewTime\":\"%tFT%<tT.000000Z\"}}"
                                .formatted(renewed.atOffset(ZoneOffset.UTC)));
    }

    /** As the reconcilers do when they lead again. */
    private void status(int times) {
        world.client()
                .resources(Mesh.class)
                .withName("default")
                .subresource("status")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"status\":{\"observedGeneration\":%d}}".formatted(times));
    }
}
