// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.IncrementalCompiler;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.operator.Replica;
import dev.selvedge.reconciler.ingest.ClusterWatch;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The API server misbehaves while services, endpoints and pods come and go. When it is over, the proxies have what a
 * compile from nothing gives; meanwhile no proxy loses an endpoint that is alive.
 */
@Tag("cluster")
@ExtendWith(World.Shared.class)
final class ApiServerFaultsTest {
    private static final int SERVICES = 6;
    private static final int SEED = 7;

    private static World world;
    private static List<World.Workload> pods;
    private static Map<World.Workload, String> tokens;

    private final Rules rules = new Rules();
    private final Random random = new Random(SEED);
    private final List<MeshProxy> proxies = new ArrayList<>();

    /** Addresses by Service, in the order in which they came. */
    private final LinkedHashMap<String, String> passing = new LinkedHashMap<>();

    /** Addresses of those that have gone. */
    private final Queue<String> free = new ArrayDeque<>();

    private ChaosProxy chaos;
    private KubernetesClient client;
    private Replica replica;
    private int steps;

    @BeforeAll
    static void aMesh(World shared) {
        world = shared;
        pods = world.pods("client", 3);
        tokens = world.tokens(pods);
        for (int i = 0; i < SERVICES; i++) {
            world.service("s" + i);
            world.endpoints("s" + i, List.of(lasting(i)));
        }
    }

    @AfterAll
    static void removeServices() {
        for (int i = 0; i < SERVICES; i++) {
            world.delete("s" + i);
        }
    }

    private static String lasting(int service) {
        return "10.9.0." + (service + 1);
    }

    @BeforeEach
    void proxiesWithEverything() throws Exception {
        chaos = new ChaosProxy(world.config());
        client = World.clientBy(chaos.port());
        replica = new Replica(client, "replica-0", Clock.systemUTC());
        replica.start();
        Waiting.until("the replica serves", replica::isReady);
        var mesh = MeshProxy.Mesh.of(world.anchors(), replica::port, rules);
        tokens.forEach((pod, token) -> proxies.add(new MeshProxy(mesh, pod.name(), token, null).connect()));
        Waiting.until("every proxy has everything", () -> proxies.stream()
                .allMatch(proxy -> proxy.has().complete()
                        && proxy.has().versions(ResourceType.ROUTE).size() >= SERVICES));
        for (int i = 0; i < SERVICES; i++) {
            rules.lasts("s" + i, lasting(i));
        }
    }

    @AfterEach
    void stop() {
        proxies.forEach(MeshProxy::close);
        if (replica != null) {
            replica.close();
        }
        client.close();
        chaos.close();
        passing.keySet().forEach(world::delete);
    }

    @Test
    void events_come_late_and_twice_and_in_another_order_across_kinds() throws Exception {
        chaos.copies(2);
        chaos.delayEvents(() -> Duration.ofMillis(1 + random.nextInt(80)));
        // Delays are chosen when a watch begins.
        chaos.cut();
        var told = chaos.events();
        change(25);
        Waiting.until("every event has been told twice", () -> chaos.events() >= told + 2 * 25);
        over();
    }

    @Test
    void watches_are_cut_and_their_versions_gone() throws Exception {
        for (int i = 0; i < 4; i++) {
            chaos.resumptionsGone(i % 2 == 1);
            chaos.cut();
            change(4);
        }
        Waiting.until("a watch heard 410", () -> chaos.gone() > 0);
        over();
    }

    @Test
    void it_is_slow_and_flaps() throws Exception {
        chaos.slow(Duration.ofMillis(300));
        for (int i = 0; i < 3; i++) {
            chaos.away();
            change(2);
            chaos.back();
            change(2);
        }
        over();
    }

    @Test
    void it_is_away_for_seconds_and_has_forgotten_the_versions_when_it_is_back() throws Exception {
        awayFor(Duration.ofSeconds(4));
    }

    @Test
    @Tag("soak")
    void it_is_away_for_ten_minutes() throws Exception {
        awayFor(Soak.outage());
    }

    @Test
    @Tag("soak")
    void everything_at_random_for_long() throws Exception {
        var until = System.nanoTime() + Soak.rest().toNanos();
        while (System.nanoTime() < until) {
            misbehave();
            change(1 + random.nextInt(10));
            if (random.nextInt(5) == 0) {
                over();
            }
        }
        over();
    }

    private void misbehave() {
        switch (random.nextInt(7)) {
            case 0 -> chaos.cut();
            case 1 -> chaos.resumptionsGone(random.nextBoolean());
            case 2 -> chaos.slow(Duration.ofMillis(random.nextInt(500)));
            case 3 -> chaos.copies(1 + random.nextInt(3));
            case 4 -> chaos.delayEvents(() -> Duration.ofMillis(1 + random.nextInt(300)));
            case 5 -> chaos.away();
            default -> chaos.back();
        }
    }

    private void awayFor(Duration time) throws Exception {
        chaos.away();
        chaos.resumptionsGone(true);
        var until = System.nanoTime() + time.toNanos();
        var over = new AtomicBoolean();
        while (!over.get()) {
            change(1);
            over.set(System.nanoTime() > until);
        }
        assertThat(proxies).as("every stream stays").allMatch(proxy -> proxy.lastEnd() == null);
        chaos.back();
        // Who asks for a version that is gone lists anew, and the server that was away is itself again.
        Waiting.until("a watch heard 410", () -> chaos.gone() > 0);
        over();
    }

    /** Changes the mesh behind the operator's back. */
    private void change(int times) {
        for (int i = 0; i < times; i++) {
            var service = random.nextInt(SERVICES);
            var step = steps++;
            switch (random.nextInt(4)) {
                case 0 -> {
                    var name = "p%d-%d".formatted(System.identityHashCode(this), step);
                    // It takes the address of the one that went last, as a Service may at any time.
                    var address = world.service(name, free.poll());
                    world.endpoints(name, List.of("10.9.1." + (1 + step % 250)));
                    passing.put(name, address);
                }
                case 1 -> {
                    if (!passing.isEmpty()) {
                        var eldest = passing.pollFirstEntry();
                        world.delete(eldest.getKey());
                        free.add(eldest.getValue());
                    }
                }
                case 2 -> world.endpoints("s" + service, List.of(lasting(service)));
                default -> world.endpoints("s" + service, List.of("10.9.2." + (1 + step % 250), lasting(service)));
            }
        }
    }

    private void over() throws Exception {
        chaos.behave();
        var changes = Collections.synchronizedList(new ArrayList<Change>());
        try (var watch = new ClusterWatch(world.client(), Clock.systemUTC(), changes::addAll)) {
            watch.start();
            Waiting.until("the fresh list is complete", watch::hasSynced);
        }
        var fresh = new IncrementalCompiler();
        fresh.apply(List.copyOf(changes));
        for (var proxy : proxies) {
            Waiting.untilAsserted(
                    () -> assertThat(held(proxy)).containsExactlyInAnyOrderEntriesOf(compiled(fresh, proxy)));
        }
        assertThat(rules.broken()).isEmpty();
    }

    private static Map<String, String> held(MeshProxy proxy) {
        var all = new TreeMap<String, String>();
        for (var type : TYPES) {
            proxy.has().versions(type).forEach((name, version) -> all.put(type + " " + name, version));
        }
        return all;
    }

    private static final List<ResourceType> TYPES = List.of(
            ResourceType.LISTENER,
            ResourceType.SCOPE,
            ResourceType.CLUSTER,
            ResourceType.ROUTE,
            ResourceType.ENDPOINTS);

    /** What a proxy that asks for all routes has in the end. */
    private static Map<String, String> compiled(IncrementalCompiler fresh, MeshProxy proxy) {
        var all = new TreeMap<String, String>();
        for (var type : TYPES) {
            var names = new TreeSet<>(proxy.has().versions(type).keySet());
            names.addAll(fresh.listing(type, proxy.pod()));
            for (var name : names) {
                fresh.resource(fresh.keyFor(type, name, proxy.pod()))
                        .ifPresent(resource -> all.put(type + " " + name, resource.version()));
            }
        }
        return all;
    }
}
