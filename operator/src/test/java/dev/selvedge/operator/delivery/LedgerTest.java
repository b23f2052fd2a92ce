// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.operator.compile.Update;
import dev.selvedge.operator.delivery.Holding.State;
import dev.selvedge.operator.delivery.Summary.Presence;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class LedgerTest {
    private static final ObjectRef POLICY = ObjectRef.of(Kind.TRAFFIC_POLICY, "shop", "split");
    private static final ObjectName POD = new ObjectName("shop", "client");

    private Instant now = Instant.EPOCH;
    private final InstantSource time = () -> now;
    private final Ledger ledger = new Ledger(time.withZone(ZoneOffset.UTC), Duration.ofSeconds(10));

    @Test
    void a_proxy_is_current_when_it_acknowledged_exactly_this_generation() {
        var account = ledger.connected(POD, "uid");
        compiled(2);
        move(account, null, holding("r", State.PENDING, 2));
        assertThat(states()).containsExactly(State.PENDING);
        move(account, holding("r", State.PENDING, 2), holding("r", State.CURRENT, 2));
        assertThat(states()).containsExactly(State.CURRENT);
    }

    @Test
    void an_acknowledged_older_generation_is_pending() {
        var account = ledger.connected(POD, "uid");
        compiled(2);
        move(account, null, holding("r", State.CURRENT, 2));
        compiled(3);
        assertThat(states()).containsExactly(State.PENDING);
        move(account, holding("r", State.CURRENT, 2), holding("r", State.CURRENT, 3));
        assertThat(states()).containsExactly(State.CURRENT);
    }

    @Test
    void one_resource_that_lags_makes_the_proxy_pending() {
        var account = ledger.connected(POD, "uid");
        compiled(3);
        move(account, null, holding("a", State.CURRENT, 3));
        move(account, null, holding("b", State.PENDING, 3));
        assertThat(states()).containsExactly(State.PENDING);
    }

    @Test
    void resources_that_no_object_shapes_count_together() {
        var account = ledger.connected(POD, "uid");
        var pending = new Holding("", State.PENDING, List.of(), List.of(), null);
        var current = new Holding("", State.CURRENT, List.of(), List.of(), null);
        account.move(3, null, pending);
        account.commit();
        assertThat(ledger.proxies()).extracting(Summary.Proxy::state).containsExactly(State.PENDING);
        account.move(2, pending, current);
        account.commit();
        assertThat(ledger.proxies()).extracting(Summary.Proxy::state).containsExactly(State.PENDING);
        move(account, pending, current);
        assertThat(ledger.proxies()).extracting(Summary.Proxy::state).containsExactly(State.CURRENT);
    }

    @Test
    void what_a_policy_no_longer_shapes_counts_until_it_is_gone_from_the_proxy() {
        var account = ledger.connected(POD, "uid");
        compiled(3);
        var leaving = new Holding("r", State.PENDING, List.of(), List.of(new Origin(POLICY, 2)), null);
        move(account, null, leaving);
        assertThat(states()).containsExactly(State.PENDING);
        move(account, leaving, new Holding("r", State.CURRENT, List.of(), List.of(), null));
        assertThat(states()).isEmpty();
    }

    @Test
    void a_refusal_is_told_until_it_is_over() {
        var account = ledger.connected(POD, "uid");
        compiled(2);
        var refused = new Holding("r", State.REJECTING, List.of(new Origin(POLICY, 2)), List.of(), "no good");
        move(account, null, refused);
        assertThat(standing().refusal()).isEqualTo(new Summary.Refusal("r", "no good"));
        move(account, refused, holding("r", State.CURRENT, 2));
        assertThat(standing().refusal()).isNull();
        assertThat(states()).containsExactly(State.CURRENT);
    }

    @Test
    void a_refusal_stays_when_another_resource_of_that_name_moves() {
        var account = ledger.connected(POD, "uid");
        compiled(2);
        var route = new Holding("shop/a:80", State.REJECTING, List.of(new Origin(POLICY, 2)), List.of(), "no good");
        move(account, null, route);
        var cluster = holding("shop/a:80", State.CURRENT, 2);
        move(account, null, cluster);

        move(account, cluster, holding("shop/a:80", State.PENDING, 2));

        assertThat(standing().refusal()).isEqualTo(new Summary.Refusal("shop/a:80", "no good"));
        assertThat(states()).containsExactly(State.REJECTING);
    }

    @Test
    void a_proxy_that_left_is_recent_then_away_and_goes_with_its_pod() {
        var account = ledger.connected(POD, "uid");
        move(account, null, holding("r", State.CURRENT, 0));
        account.disconnected();
        assertThat(ledger.proxies().getFirst().presence()).isEqualTo(Presence.RECENT);
        now = now.plusSeconds(9);
        ledger.tick();
        assertThat(ledger.proxies().getFirst().presence()).isEqualTo(Presence.RECENT);
        now = now.plusSeconds(2);
        ledger.tick();
        assertThat(ledger.proxies().getFirst().presence()).isEqualTo(Presence.AWAY);
        ledger.touched(POD, Optional.of(pod("uid")));
        assertThat(ledger.proxies()).hasSize(1);
        ledger.touched(POD, Optional.of(pod("another uid")));
        assertThat(ledger.proxies()).isEmpty();
        assertThat(states()).isEmpty();
    }

    @Test
    void a_proxy_without_a_stream_needs_more_than_counting() {
        var account = ledger.connected(POD, "uid");
        move(account, null, holding("r", State.CURRENT, 0));
        assertThat(ledger.standingOfConnected(POLICY)).isEqualTo(ledger.standing(POLICY));
        account.disconnected();
        assertThat(ledger.standing(POLICY)).isPresent();
        assertThat(ledger.standingOfConnected(POLICY)).isEmpty();
    }

    @Test
    void a_proxy_whose_pod_went_first_does_not_stay_behind() {
        var account = ledger.connected(POD, "uid");
        move(account, null, holding("r", State.CURRENT, 0));
        ledger.touched(POD, Optional.empty());
        assertThat(ledger.proxies()).hasSize(1);
        account.disconnected();
        assertThat(ledger.proxies()).isEmpty();
    }

    @Test
    void a_proxy_that_comes_back_is_one_proxy_again() {
        ledger.connected(POD, "uid").disconnected();
        ledger.connected(POD, "uid");
        assertThat(ledger.proxies())
                .as("the old account counts until the grace ends")
                .hasSize(2);
        now = now.plusSeconds(11);
        ledger.tick();
        assertThat(ledger.proxies()).extracting(Summary.Proxy::presence).containsExactly(Presence.CONNECTED);
    }

    @Test
    void a_stream_that_has_ended_changes_nothing_any_more() {
        var account = ledger.connected(POD, "uid");
        account.disconnected();
        move(account, null, holding("r", State.CURRENT, 0));
        assertThat(ledger.standing(POLICY)).isEmpty();
    }

    private static Holding holding(String resource, State state, long generation) {
        return new Holding(resource, state, List.of(new Origin(POLICY, generation)), List.of(), null);
    }

    private static Pod pod(String uid) {
        return new Pod(POD, uid, List.of(), Map.of(), "buyer", new Pod.Proxy.Sidecar());
    }

    private void compiled(long generation) {
        ledger.updated(new Update(
                Map.of(),
                Set.of(),
                Map.of(POLICY, Optional.of(new Outcome(POLICY, generation, List.of(), List.of()))),
                Map.of(),
                false,
                0));
    }

    private Summary.Standing standing() {
        return ledger.standing(POLICY).orElseThrow();
    }

    private List<State> states() {
        return ledger.standing(POLICY).stream()
                .flatMap(standing -> standing.states().values().stream())
                .toList();
    }

    private static void move(Ledger.Account account, @Nullable Holding before, @Nullable Holding after) {
        account.move(before, after);
        account.commit();
    }
}
