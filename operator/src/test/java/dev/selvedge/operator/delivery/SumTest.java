// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.operator.delivery.Holding.State;
import dev.selvedge.operator.delivery.Summary.Presence;
import dev.selvedge.operator.delivery.Summary.Proxy;
import dev.selvedge.operator.delivery.Summary.Refusal;
import dev.selvedge.operator.delivery.Summary.Standing;
import dev.selvedge.reconciler.pki.Lifespan;
import dev.selvedge.reconciler.status.MeshState.Delivery;
import dev.selvedge.reconciler.status.MeshState.Rejection;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class SumTest {
    private static final String BEHIND = "replica r has not told yet what became of generation 5 at its proxies";
    private static final ObjectRef POLICY = ObjectRef.of(Kind.TRAFFIC_POLICY, "shop", "split");

    @Test
    void proxies_of_all_replicas_are_added_up() {
        assertThat(sum(
                        replica(5, null, proxy(0, "a", Presence.CONNECTED), State.CURRENT),
                        replica(5, null, proxy(0, "b", Presence.CONNECTED), State.PENDING)))
                .isEqualTo(new Delivery(5, 2, 1, 1, 0, Optional.empty(), List.of()));
    }

    @Test
    void a_replica_alone_says_what_the_sum_over_it_says() {
        for (var state : List.of(State.CURRENT, State.PENDING)) {
            var replica = replica(5, null, proxy(0, "a", Presence.CONNECTED), state);
            for (var settling : List.of(Optional.<String>empty(), Optional.of("3 proxies"))) {
                assertThat(Sum.delivery(replica.standing(POLICY).orElseThrow(), settling))
                        .contains(sum(List.of(replica), true).delivery(POLICY, 5, settling));
            }
        }
        var refusing = replica(5, new Refusal("r", "no"), proxy(0, "a", Presence.CONNECTED), State.REJECTING);
        assertThat(Sum.delivery(refusing.standing(POLICY).orElseThrow(), Optional.empty()))
                .isEmpty();
    }

    @Test
    void a_replica_that_lags_behind_claims_nothing() {
        assertThat(sum(replica(4, null, proxy(0, "a", Presence.CONNECTED), State.CURRENT)))
                .isEqualTo(new Delivery(5, 1, 0, 1, 0, Optional.empty(), List.of(BEHIND)));
    }

    @Test
    void a_replica_that_does_not_know_a_new_object_yet_is_awaited() {
        assertThat(sum(told(proxy(0, "a", Presence.CONNECTED))).awaited()).containsExactly(BEHIND);
    }

    @Test
    void a_replica_without_proxies_is_not_awaited() {
        assertThat(sum(told()).awaited()).isEmpty();
    }

    @Test
    void a_replica_that_has_told_nothing_is_awaited_until_it_is_given_up() {
        assertThat(sum(Replica.silent("r")).awaited()).containsExactly("replica r has not told anything yet");
        assertThat(sum(Replica.silent("r").atBest(Presence.AWAY)).awaited()).isEmpty();
    }

    @Test
    void a_lost_replica_is_awaited_until_its_proxies_are_elsewhere_or_gone() {
        var lost = told(proxy(0, "a", Presence.CONNECTED)).atBest(Presence.RECENT);
        var here = replica(5, null, proxy(7, "a", Presence.CONNECTED), State.CURRENT);
        assertThat(sum(lost).awaited()).containsExactly(BEHIND);
        assertThat(sum(lost, here).awaited()).isEmpty();
        assertThat(sum(List.of(lost), false)
                        .delivery(POLICY, 5, Optional.empty())
                        .awaited())
                .isEmpty();
        assertThat(sum(lost.atBest(Presence.AWAY)).awaited()).isEmpty();
    }

    @Test
    void a_proxy_that_moved_counts_where_it_is_connected() {
        var there = replica(5, null, proxy(0, "a", Presence.AWAY), State.PENDING);
        var here = replica(5, null, proxy(7, "a", Presence.CONNECTED), State.CURRENT);
        assertThat(sum(there, here)).isEqualTo(new Delivery(5, 1, 1, 0, 0, Optional.empty(), List.of()));
        assertThat(sum(here, there)).isEqualTo(new Delivery(5, 1, 1, 0, 0, Optional.empty(), List.of()));
    }

    @Test
    void a_proxy_that_no_longer_uses_it_since_it_moved_does_not_count() {
        var there = replica(5, null, proxy(0, "a", Presence.AWAY), State.CURRENT);
        var here = told(proxy(0, "a", Presence.CONNECTED));
        assertThat(sum(there, here).total()).isZero();
    }

    @Test
    void a_proxy_between_two_streams_keeps_its_standing() {
        var there = replica(5, null, proxy(0, "a", Presence.RECENT), State.CURRENT);
        var here = replica(5, null, proxy(0, "b", Presence.CONNECTED), State.CURRENT);
        assertThat(sum(there, here)).isEqualTo(new Delivery(5, 2, 2, 0, 0, Optional.empty(), List.of()));
    }

    @Test
    void proxies_of_a_lost_replica_are_pending() {
        var lost = replica(5, null, proxy(0, "a", Presence.CONNECTED), State.CURRENT)
                .atBest(Presence.AWAY);
        assertThat(sum(lost)).isEqualTo(new Delivery(5, 1, 0, 1, 0, Optional.empty(), List.of()));
    }

    @Test
    void proxies_of_a_lost_replica_do_not_count_when_their_pods_are_gone() {
        var lost = replica(5, null, proxy(0, "a", Presence.CONNECTED), State.CURRENT)
                .atBest(Presence.AWAY);
        assertThat(sum(List.of(lost), false)
                        .delivery(POLICY, 5, Optional.empty())
                        .total())
                .isZero();
    }

    @Test
    void the_first_refusal_is_named_with_its_proxies() {
        assertThat(sum(
                        replica(5, null, proxy(0, "a", Presence.CONNECTED), State.CURRENT),
                        replica(5, new Refusal("r", "no good"), proxy(0, "b", Presence.CONNECTED), State.REJECTING)))
                .isEqualTo(new Delivery(
                        5, 2, 1, 0, 1, Optional.of(new Rejection("r", "no good", List.of("shop/b"))), List.of()));
    }

    @Test
    void the_fleet_counts_each_proxy_once() {
        var fleet = sum(
                        List.of(
                                replica(5, null, proxy(0, "a", Presence.AWAY), State.PENDING),
                                replica(5, null, proxy(0, "a", Presence.CONNECTED), State.CURRENT),
                                replica(5, null, proxy(0, "b", Presence.AWAY), State.CURRENT)),
                        true)
                .fleet();
        assertThat(fleet.connected()).isEqualTo(1);
        assertThat(fleet.current()).isEqualTo(1);
        assertThat(fleet.pending()).isEqualTo(1);
        assertThat(fleet.versions()).isEqualTo(Map.of("1.40.0", 1));
    }

    @Test
    void the_certificate_that_ends_first_is_that_of_a_proxy_that_is_there() {
        var fleet = sum(
                        List.of(
                                replica(5, null, proxy(1, "gone", Presence.AWAY), State.CURRENT),
                                replica(5, null, proxy(7, "a", Presence.CONNECTED), State.CURRENT),
                                replica(5, null, proxy(3, "b", Presence.CONNECTED), State.CURRENT)),
                        true)
                .fleet();
        assertThat(fleet.firstCertificateEnd()).contains(Instant.ofEpochSecond(1003));
        assertThat(sum(List.of(), true).fleet().firstCertificateEnd()).isEmpty();
    }

    @Test
    void a_certificate_that_the_kubelet_keeps_counts_like_the_others() {
        var keptByKubelet = new Lifespan(Instant.ofEpochSecond(1), Instant.ofEpochSecond(500));
        var fleet = new Sum(
                        List.of(
                                replica(5, null, proxy(7, "a", Presence.CONNECTED), State.CURRENT),
                                replica(5, null, withoutCertificate(8, "b"), State.CURRENT)),
                        _ -> true,
                        _ -> true,
                        proxy -> proxy.id() == 8 ? Optional.of(keptByKubelet) : Optional.empty())
                .fleet();
        assertThat(fleet.firstCertificateEnd()).contains(keptByKubelet.end());
    }

    private static Sum sum(List<Replica> replicas, boolean exist) {
        return new Sum(
                replicas,
                _ -> exist,
                proxy -> replicas.stream().anyMatch(replica -> replica.isConnected(proxy.uid())),
                _ -> Optional.empty());
    }

    private static Delivery sum(Replica... replicas) {
        return sum(List.of(replicas), true).delivery(POLICY, 5, Optional.empty());
    }

    private static Replica replica(long generation, @Nullable Refusal refusal, Proxy proxy, State state) {
        var standing = new Standing(POLICY, generation, Map.of(proxy.id(), state), refusal);
        var withState = new Proxy(
                proxy.id(),
                proxy.pod(),
                proxy.uid(),
                proxy.presence(),
                proxy.version(),
                proxy.certificateMade(),
                proxy.certificateEnd(),
                proxy.trust(),
                state);
        return Replica.of("r", new Summary(List.of(withState), List.of(standing), Set.of(), false), Presence.CONNECTED);
    }

    /** One that has not compiled the object. */
    private static Replica told(Proxy... proxies) {
        return Replica.of("r", new Summary(List.of(proxies), List.of(), Set.of(), false), Presence.CONNECTED);
    }

    private static Proxy proxy(int id, String name, Presence presence) {
        return proxy(id, name, presence, 500, 1000 + id);
    }

    private static Proxy withoutCertificate(int id, String name) {
        return proxy(id, name, Presence.CONNECTED, Summary.NO_CERTIFICATE, Summary.NO_CERTIFICATE);
    }

    private static Proxy proxy(int id, String name, Presence presence, long made, long end) {
        return new Proxy(
                id,
                new ObjectName("shop", name),
                "uid of " + name,
                presence,
                "1.40.0",
                made,
                end,
                new Summary.Trust("b", "a"),
                State.CURRENT);
    }
}
