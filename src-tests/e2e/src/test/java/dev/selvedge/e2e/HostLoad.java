// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Steady load from this machine, which stands outside of the cluster. Requests are POSTs: a client may repeat those of
 * other methods by itself when a connection breaks, and so hide the break.
 */
final class HostLoad implements AutoCloseable {
    private final Semaphore ending = new Semaphore(0);
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final AtomicInteger answered = new AtomicInteger();
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();

    /** One request after the other over a connection that is kept, until {@link #close}. */
    HostLoad keptConnection(String url, Duration pause) {
        workers.execute(() -> {
            try (HttpClient client = client()) {
                do {
                    post(client, url, Duration.ofSeconds(10));
                } while (!ends(pause));
            }
        });
        return this;
    }

    /** A connection for each request, until {@link #close}. */
    HostLoad newConnections(String url, Duration pause) {
        workers.execute(() -> {
            do {
                try (HttpClient client = client()) {
                    post(client, url, Duration.ofSeconds(10));
                }
            } while (!ends(pause));
        });
        return this;
    }

    /** Begins a slow request every now and then, whether the last is answered or not, until {@link #close}. */
    HostLoad overlapping(String url, Duration pause) {
        workers.execute(() -> {
            do {
                workers.execute(() -> {
                    try (HttpClient client = client()) {
                        post(client, url, Duration.ofSeconds(60));
                    }
                });
            } while (!ends(pause));
        });
        return this;
    }

    private boolean ends(Duration pause) {
        try {
            return ending.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private void post(HttpClient client, String url, Duration timeout) {
        Instant began = Instant.now();
        try {
            int code = client.send(
                            HttpRequest.newBuilder(URI.create(url))
                                    .timeout(timeout)
                                    .POST(HttpRequest.BodyPublishers.ofString("hello"))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
            if (code == 200) {
                answered.incrementAndGet();
            } else {
                failures.add(url + " begun at " + began + ": " + code);
            }
        } catch (IOException e) {
            failures.add(url + " begun at " + began + ", ended at " + Instant.now() + ": " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static HttpClient client() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .build();
    }

    /** How many requests got their answer so far. */
    int answered() {
        return answered.get();
    }

    /** Those that did not, once the load has ended. */
    List<String> failures() {
        return failures;
    }

    /** Begins no more requests and waits for those under way. */
    @Override
    public void close() {
        ending.release(1000);
        workers.close();
    }
}
