// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.resource.ResourceType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The operator ends without a word, alone and as one of two or three, while the mesh changes. */
@Tag("cluster")
@ExtendWith(World.Shared.class)
final class KilledReplicaTest {
    private static final int SERVICES = 5;
    private static final int PROXIES = 20;

    private final World world;
    private final Rules rules = new Rules();
    private final List<ReplicaProcess> started = new ArrayList<>();
    private final List<ReplicaProcess> replicas = new CopyOnWriteArrayList<>();
    private final List<MeshProxy> proxies = new ArrayList<>();

    KilledReplicaTest(World world) {
        this.world = world;
    }

    @BeforeEach
    void aMesh() {
        for (int i = 0; i < SERVICES; i++) {
            world.service("k" + i);
            world.endpoints("k" + i, List.of("10.8.0." + (i + 1)));
            rules.lasts("k" + i, "10.8.0." + (i + 1));
        }
    }

    @AfterEach
    void stop() {
        proxies.forEach(MeshProxy::close);
        started.forEach(ReplicaProcess::close);
        for (int i = 0; i < SERVICES; i++) {
            world.delete("k" + i);
        }
    }

    @Test
    void alone_it_comes_back_and_sends_only_what_changed() throws Exception {
        start("alone");
        connect("killed-alone");
        var before = responses();

        replicas.getFirst().kill();
        world.endpoints("k0", List.of("10.8.0.1", "10.8.1.1"));
        replicas.clear();
        start("alone-again");
        assertEverybodyIsBack("10.8.1.1", before);
    }

    @Test
    void one_of_two_leaves_its_proxies_to_the_other() throws Exception {
        start("one");
        start("two");
        connect("killed-of-two");
        var before = responses();

        replicas.removeFirst().kill();
        world.endpoints("k0", List.of("10.8.0.1", "10.8.1.1"));
        assertEverybodyIsBack("10.8.1.1", before);
    }

    @Test
    void one_after_the_other_of_three_leaves_its_proxies_to_the_rest() throws Exception {
        for (var name : List.of("first", "second", "third")) {
            start(name);
        }
        connect("killed-of-three");

        var before = responses();
        replicas.removeFirst().kill();
        world.endpoints("k0", List.of("10.8.0.1", "10.8.1.1"));
        assertEverybodyIsBack("10.8.1.1", before);

        before = responses();
        replicas.removeFirst().kill();
        world.endpoints("k0", List.of("10.8.0.1", "10.8.1.2"));
        assertEverybodyIsBack("10.8.1.2", before);
    }

    private void start(String name) throws Exception {
        var replica = new ReplicaProcess(List.of(), world.kubeconfig().toString(), name);
        started.add(replica);
        Waiting.until(name + " serves", replica::isServing);
        // Only now: as a Service, which has ready endpoints only.
        replicas.add(replica);
    }

    /** As behind a Service: each connection goes to some replica that runs. */
    private int port() {
        var running = List.copyOf(replicas);
        return running.isEmpty()
                ? 1
                : running.get((int) (Math.random() * running.size())).port();
    }

    private void connect(String prefix) {
        var mesh = MeshProxy.Mesh.of(world.anchors(), this::port, rules);
        world.tokens(world.pods(prefix, PROXIES))
                .forEach((pod, token) -> proxies.add(new MeshProxy(mesh, pod.name(), token, null).connect()));
        Waiting.until("every proxy has everything", () -> proxies.stream()
                .allMatch(proxy -> proxy.has().complete()
                        && proxy.has().versions(ResourceType.ROUTE).size() >= SERVICES));
    }

    private int responses() {
        return proxies.stream().mapToInt(MeshProxy::responses).sum();
    }

    private void assertEverybodyIsBack(String newEndpoint, int responsesBefore) {
        Waiting.until("every proxy has the new endpoint", () -> proxies.stream()
                .allMatch(proxy -> proxy.has().find(ResourceType.ENDPOINTS, "shop/k0:80").stream()
                        .anyMatch(endpoints -> endpoints
                                .getResource()
                                .getValue()
                                .toStringUtf8()
                                .contains(newEndpoint))));
        assertThat(rules.broken()).isEmpty();
        assertThat(rules.repeated()).as("what did not change is not sent again").isEmpty();
        assertThat(responses() - responsesBefore)
                .as("one response each: the endpoints that changed")
                .isEqualTo(PROXIES);
        var back = proxies.stream()
                .mapToLong(MeshProxy::connectedAt)
                .filter(at -> at > 0)
                .sorted()
                .toArray();
        if (back.length > 10) {
            // Spread by the proxies' own jitter: no moment when all are there.
            assertThat(TimeUnit.NANOSECONDS.toMillis(back[back.length - 1] - back[0]))
                    .as("milliseconds from the first to the last that is back")
                    .isGreaterThan(50);
        }
    }
}
