// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import static dev.selvedge.compiler.policy.Findings.text;

import dev.selvedge.compiler.snapshot.TrafficPolicy.Retries;
import dev.selvedge.compiler.snapshot.TrafficPolicy.RetryOn;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Timeouts;
import java.time.Duration;
import java.util.Optional;

/** Timeouts and retries: each by itself, and whether the retries fit into the request's time. */
public final class TimingRules {
    private static final Timeouts NONE = new Timeouts(Optional.empty(), Optional.empty(), Optional.empty());
    private static final int MAX_ATTEMPTS = 10;

    private TimingRules() {}

    /** The timeouts of a route: its own, field by field before those of the policy. */
    public static Timeouts inEffect(Optional<Timeouts> own, Optional<Timeouts> general) {
        var first = own.orElse(NONE);
        var second = general.orElse(NONE);
        return new Timeouts(
                first.request().or(second::request),
                first.perTry().or(second::perTry),
                first.idle().or(second::idle),
                first.stream().or(second::stream));
    }

    static void check(Findings findings, String field, Optional<Timeouts> timeouts, Optional<Retries> retries) {
        var request = limit(timeouts.flatMap(Timeouts::request));
        var perTry = limit(timeouts.flatMap(Timeouts::perTry));
        timeouts.ifPresent(given -> {
            findings.notNegative(field + ".timeouts.request", given.request());
            findings.notNegative(field + ".timeouts.perTry", given.perTry());
            findings.notNegative(field + ".timeouts.idle", given.idle());
            findings.notNegative(field + ".timeouts.stream", given.stream());
        });
        if (request.isPresent() && perTry.isPresent() && longer(perTry.get(), request.get())) {
            findings.add(
                    field + ".timeouts.perTry",
                    text(perTry.get()),
                    "is longer than request (" + text(request.get()) + "), which includes all tries",
                    "lower perTry or raise request");
        }
        retries.ifPresent(given -> retries(findings, field + ".retries", given, request, perTry));
    }

    private static void retries(
            Findings findings, String field, Retries retries, Optional<Duration> request, Optional<Duration> perTry) {
        if (retries.attempts() < 0 || retries.attempts() > MAX_ATTEMPTS) {
            findings.add(
                    field + ".attempts",
                    retries.attempts(),
                    "is not a number of retries",
                    "give a number from 0 to " + MAX_ATTEMPTS);
        }
        boolean safe = retries.codes().isEmpty() && retries.on().stream().allMatch(RetryOn::isSafe);
        if (retries.methods().isEmpty() && !safe) {
            findings.add(
                    field + ".methods",
                    "",
                    "after codes and all but ConnectFailure, RefusedStream and ResetBeforeRequest the server may have"
                            + " executed the request",
                    "name the methods that may run twice, such as GET, or POST for gRPC");
        }
        for (int i = 0; i < retries.codes().size(); i++) {
            findings.range(
                    field + ".codes[" + i + "]", Optional.of(retries.codes().get(i)), 400, 599);
        }
        retries.rateLimitedBackoff().ifPresent(backoff -> {
            findings.atLeast(field + ".rateLimitedBackoff.max", Optional.of(backoff.max()), Duration.ofMillis(1));
            if (backoff.headers().isEmpty()) {
                findings.add(field + ".rateLimitedBackoff.headers", "", "names nothing", "name a header");
            }
        });
        retries.budget().ifPresent(budget -> {
            findings.range(field + ".budget.percent", Optional.of(budget.percent()), 0, 100);
            findings.range(field + ".budget.minConcurrent", Optional.of(budget.minConcurrent()), 0, 10_000);
        });
        for (int i = 0; i < retries.methods().size(); i++) {
            findings.method(field + ".methods[" + i + "]", retries.methods().get(i));
        }
        retries.backoff().ifPresent(backoff -> {
            if (longer(Duration.ofMillis(1), backoff.base())) {
                findings.add(field + ".backoff.base", text(backoff.base()), "is shorter than 1ms", "give at least 1ms");
            }
            if (longer(backoff.base(), backoff.max())) {
                findings.add(
                        field + ".backoff.max",
                        text(backoff.max()),
                        "is shorter than base (" + text(backoff.base()) + ")",
                        "raise max or lower base");
            }
            if (request.isPresent() && !longer(request.get(), backoff.base())) {
                findings.add(
                        field + ".backoff.base",
                        text(backoff.base()),
                        "is not shorter than timeouts.request (" + text(request.get()) + "), so no retry would start",
                        "lower base or raise timeouts.request");
            }
        });
        var tries = retries.attempts() + 1;
        if (request.isPresent()
                && perTry.isPresent()
                && !longer(perTry.get(), request.get())
                && retries.attempts() > 0
                && longer(perTry.get().multipliedBy(tries), request.get())) {
            findings.add(
                    field + ".attempts",
                    retries.attempts(),
                    tries + " tries of " + text(perTry.get()) + " do not fit into timeouts.request ("
                            + text(request.get()) + ")",
                    "lower attempts or perTry, or raise request to "
                            + text(perTry.get().multipliedBy(tries)));
        }
    }

    /** A timeout that limits: zero switches it off. */
    private static Optional<Duration> limit(Optional<Duration> timeout) {
        return timeout.filter(Duration::isPositive);
    }

    private static boolean longer(Duration one, Duration other) {
        return one.compareTo(other) > 0;
    }
}
