// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The Jobs for one need of certificates: one is one attempt, and its name ends with the number of it. The Jobs that
 * failed are what remembers the attempts, so that a restart of the operator neither hurries nor delays the next.
 */
final class RotationAttempts {
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    private static final int DOUBLINGS = 6;

    /**
     * The last attempt that failed.
     *
     * @param next when the next is made; empty when it is under way
     */
    record Failure(Job job, int attempt, Optional<Instant> next) {
        /** What the Job itself says, such as {@code DeadlineExceeded: Job was active longer than specified deadline}. */
        String reason() {
            return condition(job, "Failed")
                    .map(failed -> failed.getReason() + ": " + failed.getMessage())
                    .orElse("unknown");
        }
    }

    private final String need;
    private final NavigableMap<Integer, Job> jobs = new TreeMap<>();

    private RotationAttempts(String need) {
        this.need = need;
    }

    /** @param need what the Jobs of these attempts are named after */
    static RotationAttempts of(String need, Stream<Job> jobs) {
        var attempts = new RotationAttempts(need);
        jobs.forEach(job -> number(need, job).ifPresent(number -> attempts.jobs.put(number, job)));
        return attempts;
    }

    private static Optional<Integer> number(String need, Job job) {
        var name = job.getMetadata().getName();
        return name.matches(need + "-\\d{1,6}")
                ? Optional.of(Integer.valueOf(name.substring(need.length() + 1)))
                : Optional.empty();
    }

    /** The name of the Job that has to be there. */
    String job(Instant now) {
        int last = jobs.isEmpty() ? 1 : jobs.lastKey();
        boolean again = next().filter(next -> !now.isBefore(next)).isPresent();
        return need + "-" + (again ? last + 1 : last);
    }

    /**
     * When the last attempt is over long enough for another. It may have done what was needed, and somebody has undone it
     * since; or what it did is not seen yet.
     */
    private Optional<Instant> next() {
        return Optional.ofNullable(jobs.lastEntry()).flatMap(last -> Stream.of("Failed", "Complete")
                .flatMap(type -> condition(last.getValue(), type).stream())
                .findFirst()
                .map(over -> next(over, last.getKey())));
    }

    private static Instant next(JobCondition over, int attempt) {
        return Instant.parse(over.getLastTransitionTime()).plus(pause(attempt));
    }

    /** Empty when none failed, or a later one did what was needed. */
    Optional<Failure> failure() {
        for (var entry : jobs.descendingMap().entrySet()) {
            var job = entry.getValue();
            if (condition(job, "Complete").isPresent()) {
                return Optional.empty();
            }
            var failed = condition(job, "Failed");
            if (failed.isPresent()) {
                int attempt = entry.getKey();
                var next = next(failed.get(), attempt);
                return Optional.of(
                        new Failure(job, attempt, attempt == jobs.lastKey() ? Optional.of(next) : Optional.empty()));
            }
        }
        return Optional.empty();
    }

    private static Optional<JobCondition> condition(Job job, String type) {
        var conditions = job.getStatus() == null
                ? List.<JobCondition>of()
                : job.getStatus().getConditions();
        return conditions.stream()
                .filter(condition -> condition.getType().equals(type)
                        && condition.getStatus().equals("True"))
                .findFirst();
    }

    /** It doubles from attempt to attempt, up to a bound. */
    static Duration pause(int attempt) {
        var pause = FIRST_PAUSE.multipliedBy(1L << Math.min(attempt - 1, DOUBLINGS));
        return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    }
}
