// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class RotationAttemptsTest {
    private static final String NEED = "selvedge-rotation-0a1b2c3d";
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    @Test
    void the_first_attempt_needs_no_job_before() {
        assertThat(attempts().job(NOW)).isEqualTo(NEED + "-1");
        assertThat(attempts().failure()).isEmpty();
    }

    @Test
    void an_attempt_under_way_is_kept() {
        assertThat(attempts(job(3, "")).job(NOW)).isEqualTo(NEED + "-3");
    }

    @Test
    void the_next_attempt_is_made_after_a_pause_and_not_before() {
        var attempts = attempts(job(1, "Failed"));

        assertThat(attempts.job(NOW.plusSeconds(4))).isEqualTo(NEED + "-1");
        assertThat(attempts.job(NOW.plusSeconds(5))).isEqualTo(NEED + "-2");
    }

    @Test
    void a_failure_is_told_until_a_later_attempt_did_what_was_needed() {
        var failed = job(1, "Failed");

        assertThat(attempts(failed, job(2, "")).failure())
                .hasValueSatisfying(failure -> assertThat(failure.next()).isEmpty());
        assertThat(attempts(failed, job(2, "Complete")).failure()).isEmpty();
    }

    @Test
    void what_was_done_and_undone_since_is_done_again() {
        var done = attempts(job(1, "Failed"), job(2, "Complete"));

        assertThat(done.job(NOW.plusSeconds(9))).isEqualTo(NEED + "-2");
        assertThat(done.job(NOW.plusSeconds(10))).isEqualTo(NEED + "-3");
    }

    @Test
    void the_pauses_double_up_to_a_bound() {
        assertThat(Stream.of(1, 2, 3, 6, 7, 100, Integer.MAX_VALUE).map(RotationAttempts::pause))
                .containsExactly(
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(160),
                        Duration.ofMinutes(5),
                        Duration.ofMinutes(5),
                        Duration.ofMinutes(5));
    }

    @Test
    void jobs_of_another_need_do_not_count() {
        var other = new JobBuilder(job(9, "Failed"))
                .editMetadata()
                .withName("selvedge-rotation-ffffffff-9")
                .endMetadata()
                .build();

        assertThat(attempts(other).job(NOW)).isEqualTo(NEED + "-1");
    }

    @Test
    void without_a_pod_the_job_says_why() {
        var failure = attempts(job(1, "Failed")).failure().orElseThrow();

        assertThat(RotationFailure.of(failure, List.of()).message())
                .isEqualTo("Attempt 1 to make certificates failed; the next is made at 2026-01-02T03:04:10Z."
                        + " Job selvedge-system/" + NEED + "-1: DeadlineExceeded: too long");
    }

    private static RotationAttempts attempts(Job... jobs) {
        return RotationAttempts.of(NEED, Stream.of(jobs));
    }

    private static Job job(int number, String condition) {
        var job = new JobBuilder()
                .withNewMetadata()
                .withNamespace("selvedge-system")
                .withName(NEED + "-" + number)
                .endMetadata();
        return condition.isEmpty()
                ? job.build()
                : job.withNewStatus()
                        .addNewCondition()
                        .withType(condition)
                        .withStatus("True")
                        .withReason("DeadlineExceeded")
                        .withMessage("too long")
                        .withLastTransitionTime(NOW.toString())
                        .endCondition()
                        .endStatus()
                        .build();
    }
}
