// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import static dev.selvedge.operator.xds.FakeSource.key;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.resource.Resource;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.operator.compile.StubCompilation;
import dev.selvedge.operator.delivery.PeerCredentials;
import dev.selvedge.operator.delivery.Peers;
import dev.selvedge.operator.delivery.ReplicatedState;
import dev.selvedge.operator.delivery.Settling;
import dev.selvedge.operator.topology.AllowedCalls;
import dev.selvedge.reconciler.status.MeshState.Delivery;
import dev.selvedge.reconciler.status.MeshState.UndeclaredPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two replicas with proxies of their own; the first one hears the second. */
@Timeout(60)
final class PeersTest {
    private static final ObjectRef POLICY = ObjectRef.of(Kind.TRAFFIC_POLICY, "shop", "split");
    private static final ObjectRef NEW = ObjectRef.of(Kind.TRAFFIC_POLICY, "shop", "new");

    private final AtomicBoolean crowd = new AtomicBoolean();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private XdsFixture here;
    private XdsFixture there;
    private ReplicatedState state;
    private Peers peers;
    private Pod near;
    private Pod far;
    private String operatorToken;

    @BeforeEach
    void twoReplicas() throws Exception {
        here = new XdsFixture().open();
        there = new XdsFixture(new StubCompilation(), here.issuer, 0).open();
        near = here.pod("shop", "near", "buyer");
        far = here.pod("shop", "far", "buyer");
        there.loop.submit(List.of(new Change.Put(near), new Change.Put(far)));
        operatorToken = there.token(XdsFixture.newPod("selvedge-system", "selvedge-a", "selvedge"));
        shaped(here);
        shaped(there);
        state = new ReplicatedState(
                here.ledger,
                new ReplicatedState.Pods(name -> here.loop.read(mesh -> mesh.pod(name)), (_, _) -> Optional.empty()),
                timer,
                here.clock,
                Duration.ofSeconds(10),
                new Settling(() -> Optional.of(Set.of())),
                new AllowedCalls(here.loop, here.meters, here.steady),
                here.calls,
                crowd::get);
        state.tick();
        peers = peers(operatorToken);
    }

    private Peers peers(String token) {
        return new Peers(
                "selvedge-a",
                there.port(),
                () -> Optional.of(new PeerCredentials(XdsFixture.SERVER_NAME, here.anchors(), token)),
                state,
                timer);
    }

    @AfterEach
    void stop() {
        peers.close();
        here.close();
        there.close();
        timer.shutdownNow();
    }

    private static void shaped(XdsFixture replica) {
        replica.change(mesh -> {
            mesh.put(scope("1"));
            mesh.outcome(new Outcome(POLICY, 3, List.of(), List.of()));
        });
    }

    private static Resource scope(String version) {
        var body = Any.newBuilder().setTypeUrl(ResourceType.SCOPE.typeUrl()).build();
        return new Resource(
                key(ResourceType.SCOPE, "s"), body, version, new TreeSet<>(List.of(new Origin(POLICY, 3))), List.of());
    }

    /** Collects what is told from now on. */
    private Set<ObjectRef> listen() {
        var told = ConcurrentHashMap.<ObjectRef>newKeySet();
        state.onChange(told::add);
        edited(told);
        told.clear();
        return told;
    }

    /** When an edit is told, all is told that was to be told before it. */
    private void edited(Set<ObjectRef> told) {
        here.change(mesh -> mesh.outcome(new Outcome(NEW, 1, List.of(), List.of())));
        Await.until(() -> told.contains(NEW));
    }

    private static EndpointSlice slice(String... pods) {
        var builder =
                new EndpointSliceBuilder().withNewMetadata().withName("slice").endMetadata();
        for (var pod : pods) {
            builder.addNewEndpoint()
                    .withAddresses("127.0.0.1")
                    .withNewTargetRef()
                    .withKind("Pod")
                    .withName(pod)
                    .endTargetRef()
                    .endEndpoint();
        }
        return builder.build();
    }

    private static Delivery delivered(int total, int current, int pending) {
        return new Delivery(3, total, current, pending, 0, Optional.empty(), List.of());
    }

    @Test
    void callers_of_both_replicas_are_known() throws Exception {
        peers.onAdd(slice("selvedge-a", "selvedge-b"));
        here.calls.add(new ObjectName("shop", "near"), "shop/a:80", 1);
        there.calls.add(new ObjectName("shop", "far"), "tcp|shop/a:80", 1);
        Await.until(() -> callers().size() == 2);
        assertThat(state.topology().undeclared())
                .containsExactly(new UndeclaredPort(new ObjectName("shop", "a"), 80, true, true));

        there.forward(Duration.ofHours(2));
        there.calls.tick();
        Await.until(() -> callers().equals(Set.of(new ObjectName("shop", "near"))));
    }

    private Set<ObjectName> callers() {
        return state.topology().calls().getOrDefault(new ObjectName("shop", "a"), Collections.emptySortedSet());
    }

    @Test
    void proxies_of_both_replicas_count() throws Exception {
        peers.onAdd(slice("selvedge-a", "selvedge-b"));
        try (var a = XdsClient.of(here, here.token(near));
                var b = XdsClient.of(there, there.token(far))) {
            a.subscribe(ResourceType.SCOPE).take();
            var unanswered = b.subscribe(ResourceType.SCOPE).next();
            Await.until(() -> state.delivery(POLICY).equals(delivered(2, 1, 1)));
            b.ack(unanswered);
            Await.until(() -> state.delivery(POLICY).equals(delivered(2, 2, 0)));
            assertThat(state.fleet().connected()).isEqualTo(2);
        }
    }

    @Test
    void a_new_generation_is_awaited_from_a_replica_that_has_proxies_until_it_has_compiled_it() throws Exception {
        peers.onAdd(slice("selvedge-a", "selvedge-b"));
        try (var b = XdsClient.of(there, there.token(far))) {
            b.subscribe(ResourceType.SCOPE).take();
            Await.until(() -> state.delivery(NEW).total() == 0 && state.fleet().connected() == 1);
            here.change(mesh -> mesh.outcome(new Outcome(NEW, 1, List.of(), List.of())));
            Await.until(() -> state.outcome(NEW).isPresent());
            assertThat(state.delivery(NEW).awaited())
                    .containsExactly("replica selvedge-b has not told yet what became of generation 1 at its proxies");
            there.change(mesh -> mesh.outcome(new Outcome(NEW, 1, List.of(), List.of())));
            Await.until(() -> state.delivery(NEW).awaited().isEmpty());
        }
    }

    @Test
    void a_replica_that_cannot_be_heard_is_awaited_for_the_grace() {
        try (var nosy = peers(there.token(far))) {
            nosy.onAdd(slice("selvedge-b"));
            assertThat(state.delivery(POLICY).awaited())
                    .containsExactly("replica selvedge-b has not told anything yet");
            here.forward(Duration.ofSeconds(11));
            state.tick();
            assertThat(state.delivery(POLICY).awaited()).isEmpty();
        }
    }

    @Test
    void who_was_told_something_provisional_is_woken() {
        var told = ConcurrentHashMap.<ObjectRef>newKeySet();
        try (var nosy = peers(there.token(far))) {
            nosy.onAdd(slice("selvedge-b"));
            assertThat(state.delivery(NEW).isProvisional()).isTrue();
            state.onChange(told::add);
            here.forward(Duration.ofSeconds(11));
            state.tick();
            Await.until(() -> told.contains(NEW));
        }
    }

    @Test
    void proxies_of_a_lost_replica_become_pending_and_are_never_claimed() throws Exception {
        peers.onAdd(slice("selvedge-a", "selvedge-b"));
        try (var b = XdsClient.of(there, there.token(far))) {
            b.subscribe(ResourceType.SCOPE).take();
            Await.until(() -> state.delivery(POLICY).equals(delivered(1, 1, 0)));
        }
        peers.onAdd(slice("selvedge-a"));
        here.forward(Duration.ofSeconds(11));
        state.tick();
        assertThat(state.delivery(POLICY)).isEqualTo(delivered(1, 0, 1));
        here.delete(far);
        Await.until(() -> state.delivery(POLICY).total() == 0);
    }

    @Test
    void a_replica_that_has_restarted_does_not_unsay_what_proxies_have_not_come_back() throws Exception {
        peers.onAdd(slice("selvedge-a", "selvedge-b"));
        try (var b = XdsClient.of(there, there.token(far))) {
            b.subscribe(ResourceType.SCOPE).take();
            Await.until(() -> state.delivery(POLICY).equals(delivered(1, 1, 0)));
        }
        peers.onAdd(slice("selvedge-a"));
        // As a process that has just begun does not know it.
        there.delete(far);
        Await.until(() -> there.ledger.proxies().isEmpty());

        peers.onAdd(slice("selvedge-a", "selvedge-b"));
        try (var a = XdsClient.of(there, there.token(near))) {
            a.subscribe(ResourceType.SCOPE).take();
            Await.until(() -> state.delivery(POLICY).equals(delivered(2, 2, 0)));
            here.forward(Duration.ofSeconds(11));
            state.tick();
            assertThat(state.delivery(POLICY)).isEqualTo(delivered(2, 1, 1));
            here.delete(far);
            Await.until(() -> state.delivery(POLICY).equals(delivered(1, 1, 0)));
        }
    }

    @Test
    void a_change_at_another_replica_is_told() throws Exception {
        var told = ConcurrentHashMap.<ObjectRef>newKeySet();
        state.onChange(told::add);
        peers.onAdd(slice("selvedge-b"));
        try (var b = XdsClient.of(there, there.token(far))) {
            b.subscribe(ResourceType.SCOPE).take();
            Await.until(() -> told.contains(POLICY));
        }
    }

    @Test
    void counts_wait_for_the_end_of_a_crowd() throws Exception {
        var told = listen();
        crowd.set(true);
        try (var a = XdsClient.of(here, here.token(near))) {
            a.subscribe(ResourceType.SCOPE).take();
            Await.until(() -> state.delivery(POLICY).equals(delivered(1, 1, 0)));
            edited(told);
            assertThat(told).containsExactly(NEW);

            crowd.set(false);
            state.tick();
            Await.until(() -> told.contains(POLICY));
        }
    }

    @Test
    void a_refusal_does_not_wait_for_the_end_of_a_crowd() throws Exception {
        var told = listen();
        crowd.set(true);
        try (var a = XdsClient.of(here, here.token(near))) {
            a.nack(a.subscribe(ResourceType.SCOPE).next(), "no good");
            Await.until(() -> told.contains(POLICY));
        }
    }

    @Test
    void a_crowd_at_another_replica_is_waited_for_too() throws Exception {
        peers.onAdd(slice("selvedge-b"));
        Set<ObjectRef> told;
        var arriving = new ArrayList<XdsClient>();
        try (var b = XdsClient.of(there, there.token(far))) {
            for (int i = 0; i < Beginners.AT_ONCE; i++) {
                arriving.add(XdsClient.of(there, there.token(there.pod("shop", "arriving-" + i, "buyer"))));
            }
            Await.until(() -> there.ads.isCrowd());
            var response = b.subscribe(ResourceType.SCOPE).next();
            Await.until(() -> state.delivery(POLICY).equals(delivered(1, 0, 1)));
            // From here on the crowd is known, which takes a while.
            told = listen();
            edited(told);
            assertThat(told).containsExactly(NEW);
            b.ack(response);
            Await.until(() -> state.delivery(POLICY).equals(delivered(1, 1, 0)));
        } finally {
            arriving.forEach(XdsClient::close);
        }
        there.forward(Beginners.LULL);
        Await.until(() -> {
            there.peerService.tick();
            state.tick();
            return told.contains(POLICY);
        });
    }

    @Test
    void nobody_but_the_operator_is_told() {
        var intruder = there.token(far);
        try (var nosy = peers(intruder)) {
            nosy.onAdd(slice("selvedge-b"));
            Await.until(() -> there.failures("not-the-operator") >= 1);
        }
        assertThat(state.fleet().connected()).isZero();
    }

    @Test
    void the_operator_is_a_service_account_of_its_own_namespace() {
        var namesake = there.token(XdsFixture.newPod("shop", "selvedge-a", "selvedge"));
        try (var nosy = peers(namesake)) {
            nosy.onAdd(slice("selvedge-b"));
            Await.until(() -> there.failures("not-the-operator") >= 1);
        }
        assertThat(state.fleet().connected()).isZero();
    }
}
