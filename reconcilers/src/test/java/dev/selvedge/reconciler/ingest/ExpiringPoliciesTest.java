// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.Fault;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ExpiringPoliciesTest {
    private static final String KEY = "shop/chaos";
    private static final Instant START = Instant.parse("2026-12-01T00:00:00Z");

    private Instant now = START;
    private final List<Change> told = new ArrayList<>();
    private final InstantSource source = () -> now;
    private final Clock clock = source.withZone(ZoneOffset.UTC);
    private final ExpiringPolicies policies = new ExpiringPolicies(clock, told::add);

    @Test
    void aFaultThatIsOverIsToldAsSuchAtOnce() {
        policies.changed(KEY, policy(START.minusSeconds(1), START));

        assertThat(expired()).containsExactly(true, true);
    }

    @Test
    void aPolicyIsToldAgainWhenEachOfItsFaultsIsOver() {
        policies.changed(KEY, policy(START.plusSeconds(10), START.plusSeconds(20)));
        assertThat(expired()).containsExactly(false, false);

        after(9);
        assertThat(told).isEmpty();
        after(1);
        assertThat(expired()).containsExactly(true, false);
        after(5);
        assertThat(told).isEmpty();
        after(60);
        assertThat(expired()).containsExactly(true, true);
        after(60);
        assertThat(told).isEmpty();
    }

    @Test
    void anEndThatIsPutOffHolds() {
        policies.changed(KEY, policy(START.plusSeconds(10)));
        policies.changed(KEY, policy(START.plusSeconds(100)));
        told.clear();

        after(50);
        assertThat(told).isEmpty();
        after(50);
        assertThat(expired()).containsExactly(true);
        policies.changed(KEY, policy(START.plusSeconds(200)));
        assertThat(expired()).containsExactly(false);
    }

    @Test
    void aPolicyThatIsGoneIsNotToldAgain() {
        var policy = policy(START.plusSeconds(10));
        policies.changed(KEY, policy);
        policies.gone(KEY, policy);
        assertThat(told).last().isEqualTo(new Change.Remove(policy.ref()));
        told.clear();

        after(60);
        assertThat(told).isEmpty();
    }

    private void after(long seconds) {
        now = now.plusSeconds(seconds);
        policies.tick();
    }

    /** Of each fault of the policy that was told last, whether it is over. */
    private List<Boolean> expired() {
        var policy = (TrafficPolicy) ((Change.Put) told.getLast()).object();
        told.clear();
        return policy.faults().stream().map(Fault::expired).toList();
    }

    private static TrafficPolicy policy(Instant... ends) {
        var faults = new StringBuilder();
        for (var end : ends) {
            faults.append("  - {name: f%d, delay: {duration: 1s}, expiresAt: %s}\n".formatted(faults.length(), end));
        }
        return PolicyIngest.trafficPolicy(
                        Yaml.read(dev.selvedge.api.v1alpha1.TrafficPolicy.class, """
                metadata: {namespace: shop, name: chaos}
                spec:
                  targetRefs: [{kind: Service, name: reviews}]
                  faults:
                %s
                """.formatted(faults)))
                .orElseThrow();
    }
}
