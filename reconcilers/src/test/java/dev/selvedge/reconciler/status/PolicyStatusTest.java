// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Condition.Type;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.reconciler.status.MeshState.Delivery;
import dev.selvedge.reconciler.status.MeshState.Rejection;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PolicyStatusTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final ObjectRef REVIEWS = ObjectRef.of(Kind.TRAFFIC_POLICY, "shop", "reviews");
    private static final Delivery UNUSED = new Delivery(2, 0, 0, 0, 0, Optional.empty(), List.of());

    private final Conditions conditions = new Conditions(List.of(), 2, Clock.fixed(NOW, ZoneOffset.UTC));

    @Test
    void an_older_generation_is_never_reported_as_this_one() {
        var status = PolicyStatus.of(conditions, Optional.of(outcome(1, true)), delivery(2, 3, 3));

        assertThat(condition(status, "Accepted").status()).isEqualTo(Condition.Status.UNKNOWN);
        assertThat(condition(status, "Programmed").status()).isEqualTo(Condition.Status.UNKNOWN);
    }

    @Test
    void a_policy_that_no_proxy_uses_is_programmed_and_says_that_it_is_not_in_use() {
        var programmed = condition(PolicyStatus.of(conditions, Optional.of(outcome(2, true)), UNUSED), "Programmed");

        assertThat(programmed.status()).isEqualTo(Condition.Status.TRUE);
        assertThat(programmed.reason()).isEqualTo("NotInUse");
    }

    @Test
    void it_is_programmed_only_when_all_proxies_acknowledged_this_generation() {
        var some = PolicyStatus.of(conditions, Optional.of(outcome(2, true)), delivery(2, 40, 38));
        var older = PolicyStatus.of(conditions, Optional.of(outcome(2, true)), delivery(1, 40, 40));
        var all = PolicyStatus.of(conditions, Optional.of(outcome(2, true)), delivery(2, 40, 40));

        assertThat(condition(some, "Programmed").reason()).isEqualTo("Pending");
        assertThat(condition(older, "Programmed").reason()).isEqualTo("Pending");
        assertThat(condition(all, "Programmed").status()).isEqualTo(Condition.Status.TRUE);
        assertThat(all.proxies().summary()).isEqualTo("40/40");
    }

    @Test
    void it_is_not_programmed_while_a_replica_is_still_to_be_heard() {
        var provisional = new Delivery(2, 0, 0, 0, 0, Optional.empty(), List.of("replica b has not told anything yet"));

        var programmed =
                condition(PolicyStatus.of(conditions, Optional.of(outcome(2, true)), provisional), "Programmed");

        assertThat(programmed.status()).isEqualTo(Condition.Status.FALSE);
        assertThat(programmed.reason()).isEqualTo("Pending");
        assertThat(programmed.message())
                .isEqualTo("0 proxies acknowledged this generation; others may be concerned: replica b has not told"
                        + " anything yet.");
    }

    @Test
    void a_refusal_quotes_envoy_and_names_the_resource_and_the_proxies() {
        var delivery = new Delivery(
                2,
                40,
                38,
                0,
                2,
                Optional.of(new Rejection("route shop/reviews:9080", "bad regex", List.of("shop/a", "shop/b"))),
                List.of("replica b has not told anything yet"));

        var programmed = condition(PolicyStatus.of(conditions, Optional.of(outcome(2, true)), delivery), "Programmed");

        assertThat(programmed.reason()).isEqualTo("Rejected");
        assertThat(programmed.message())
                .isEqualTo("2 of 40 proxies refused route shop/reviews:9080: \"bad regex\". The last good configuration"
                        + " stays in place. Proxies: shop/a, shop/b.");
    }

    @Test
    void the_time_of_the_last_transition_is_kept_while_the_status_does_not_change() {
        var earlier = Instant.parse("2025-01-01T00:00:00Z");
        var before = new Condition("Accepted", Condition.Status.TRUE, 1, earlier, "Accepted", "old");
        var kept = new Conditions(List.of(before), 2, conditions.clock());

        var status = PolicyStatus.of(kept, Optional.of(outcome(2, true)), UNUSED);

        assertThat(condition(status, "Accepted").lastTransitionTime()).isEqualTo(earlier);
        assertThat(condition(status, "Programmed").lastTransitionTime()).isEqualTo(NOW);
    }

    @Test
    void a_policy_that_was_not_accepted_is_not_programmed() {
        var status = PolicyStatus.of(conditions, Optional.of(outcome(2, false)), UNUSED);

        assertThat(condition(status, "Programmed").status()).isEqualTo(Condition.Status.FALSE);
    }

    private static Outcome outcome(long generation, boolean accepted) {
        var condition = new dev.selvedge.compiler.diagnostic.Condition(
                Type.ACCEPTED, accepted, accepted ? Reason.ACCEPTED : Reason.CONFLICTED, "why");
        return new Outcome(REVIEWS, generation, List.of(condition), List.of());
    }

    private static Delivery delivery(long generation, int total, int current) {
        return new Delivery(generation, total, current, total - current, 0, Optional.empty(), List.of());
    }

    private static Condition condition(PolicyStatus status, String type) {
        return status.conditions().stream()
                .filter(condition -> condition.type().equals(type))
                .findFirst()
                .orElseThrow();
    }
}
