// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import static dev.selvedge.compiler.Fixtures.path;
import static dev.selvedge.compiler.Fixtures.trafficPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.diagnostic.FieldError;
import dev.selvedge.compiler.snapshot.Fault;
import dev.selvedge.compiler.snapshot.Fault.Abort;
import dev.selvedge.compiler.snapshot.Fault.Bandwidth;
import dev.selvedge.compiler.snapshot.Fault.Delay;
import dev.selvedge.compiler.snapshot.Fault.Source;
import dev.selvedge.compiler.snapshot.Fault.Status;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.RateLimit.Key;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Match;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ServerRulesTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void what_is_right_passes() {
        var limit = new RateLimit(
                "a",
                List.of(80, 81),
                RateLimit.Scope.CONNECTION,
                List.of(new Key.Caller(), new Key.Header("x-a"), new Key.Header("x-b")),
                1,
                SECOND,
                Optional.of(5),
                RateLimit.Mode.AUDIT);
        var fault = fault(
                List.of(),
                Optional.of(new Delay(SECOND, 0)),
                Optional.of(new Abort(new Status.Grpc(14), 100)),
                Optional.empty());

        assertThat(Validation.check(
                        trafficPolicy("p", "a").rateLimits(limit).faults(fault).build()))
                .isEmpty();
    }

    @Test
    void every_mistake_of_a_rate_limit_is_named() {
        var wrong = new RateLimit(
                "a",
                List.of(80, 80, 0),
                RateLimit.Scope.LOCAL,
                List.of(new Key.Caller(), new Key.Caller(), new Key.Header("x y")),
                0,
                Duration.ofMillis(500),
                Optional.of(0),
                RateLimit.Mode.ENFORCE);

        assertThat(Validation.check(
                        trafficPolicy("p", "a").rateLimits(wrong, wrong).build()))
                .extracting(FieldError::field)
                .startsWith(
                        "spec.rateLimits[1]",
                        "spec.rateLimits[0].ports[1]",
                        "spec.rateLimits[0].ports[2]",
                        "spec.rateLimits[0].key[1]",
                        "spec.rateLimits[0].key[2].name",
                        "spec.rateLimits[0].limit.requests",
                        "spec.rateLimits[0].limit.burst",
                        "spec.rateLimits[0].limit.per");
    }

    @Test
    void a_rate_limit_service_counts_over_four_times_and_knows_no_bursts() {
        var wrong = new RateLimit(
                "a",
                List.of(),
                RateLimit.Scope.GLOBAL,
                List.of(),
                1,
                Duration.ofSeconds(2),
                Optional.of(5),
                RateLimit.Mode.ENFORCE);

        assertThat(Validation.check(trafficPolicy("p", "a").rateLimits(wrong).build()))
                .extracting(FieldError::field)
                .containsExactly("spec.rateLimits[0].limit.per", "spec.rateLimits[0].limit.burst");
    }

    @Test
    void every_mistake_of_a_fault_is_named() {
        var wrong = fault(
                List.of(path(new StringMatch.Exact("a"))),
                Optional.of(new Delay(Duration.ZERO, 101)),
                Optional.of(new Abort(new Status.Http(100), -1)),
                Optional.of(new Bandwidth(0, 101)),
                new Source(List.of(), List.of()));
        var idle = fault(List.of(), Optional.empty(), Optional.empty(), Optional.empty());

        assertThat(Validation.check(trafficPolicy("p", "a").faults(wrong, idle).build()))
                .extracting(FieldError::field)
                .containsExactly(
                        "spec.faults[1]",
                        "spec.faults[0].from[0]",
                        "spec.faults[0].matches[0].path.value",
                        "spec.faults[0].delay.duration",
                        "spec.faults[0].delay.percent",
                        "spec.faults[0].abort.httpStatus",
                        "spec.faults[0].abort.percent",
                        "spec.faults[0].bandwidth.kibPerSecond",
                        "spec.faults[0].bandwidth.percent",
                        "spec.faults[1]");
    }

    private static Fault fault(
            List<Match> matches,
            Optional<Delay> delay,
            Optional<Abort> abort,
            Optional<Bandwidth> bandwidth,
            Source... from) {
        return new Fault("a", List.of(), List.of(from), matches, delay, abort, bandwidth, Optional.empty(), false);
    }
}
