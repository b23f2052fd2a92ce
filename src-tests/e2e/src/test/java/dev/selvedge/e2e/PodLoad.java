// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Load from a pod of the {@link Lab}, run after run without an end, until {@link #close}. */
final class PodLoad implements AutoCloseable {
    private final Lab lab;
    private final Instant began = Instant.now();
    private final AtomicBoolean ending = new AtomicBoolean();
    private final AtomicInteger requests = new AtomicInteger();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();

    PodLoad(Lab lab) {
        this.lab = lab;
    }

    /** @param arguments of {@code sample client}, for one run of some seconds */
    PodLoad with(String... arguments) {
        workers.execute(() -> {
            while (!ending.get()) {
                JsonNode summary = lab.caller(arguments);
                requests.addAndGet(summary.path("requests").asInt());
                if (summary.path("failed").asInt() > 0) {
                    failures.add(Instant.now() + " " + String.join(" ", arguments) + ": " + summary);
                }
            }
        });
        return this;
    }

    /** Ends the load and says that there was some, and that nothing of it failed. */
    void endWithoutFailure(int leastPerSecond) {
        close();
        assertThat(failures).isEmpty();
        double seconds = Duration.between(began, Instant.now()).toMillis() / 1000.0;
        // The rate is a result, too.
        System.out.printf("%d requests, %.0f a second%n", requests.get(), requests.get() / seconds);
        assertThat(requests.get() / seconds)
                .as("requests a second, %d in %.0f s", requests.get(), seconds)
                .isGreaterThan(leastPerSecond);
    }

    /** Lets the runs under way end. */
    @Override
    public void close() {
        ending.set(true);
        workers.close();
    }
}
