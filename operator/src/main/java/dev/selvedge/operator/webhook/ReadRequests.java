// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.webhook;

import static java.util.Objects.requireNonNullElse;

import dev.selvedge.operator.webhook.Reading.Answer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/** What is read beside the reviews: on threads of its own, so that no reader holds up the API server. */
final class ReadRequests {
    private static final int WORKERS = 2;

    /** Answered or waiting for it. */
    static final int MOST = 16;

    private static final Logger LOG = Logger.getLogger(ReadRequests.class);

    private final Map<String, Reading> readings;
    private final Connections connections;
    private final MeterRegistry meters;
    private final WorkerExecutor workers;
    private final AtomicInteger open = new AtomicInteger();

    /** @param readings by the beginning of their paths */
    ReadRequests(Vertx vertx, Map<String, Reading> readings, Connections connections, MeterRegistry meters) {
        this.readings = Map.copyOf(readings);
        this.connections = connections;
        this.meters = meters;
        workers = vertx.createSharedWorkerExecutor("reading", WORKERS);
    }

    void close() {
        workers.close().toCompletionStage().toCompletableFuture().join();
    }

    /** Whether this is such a request; then it is taken care of. */
    boolean takes(HttpServerRequest request) {
        var path = requireNonNullElse(request.path(), "");
        var reading = readings.entrySet().stream()
                .filter(each -> path.startsWith(each.getKey()))
                .findFirst();
        reading.ifPresent(found -> receive(request, path, found.getKey(), found.getValue()));
        return reading.isPresent();
    }

    private void receive(HttpServerRequest request, String path, String prefix, Reading reading) {
        if (!HttpMethod.GET.equals(request.method())) {
            connections.refuse(request, 405, "GET it");
        } else if (hasBody(request)) {
            connections.refuse(request, 413, "there is nothing to say in a body");
        } else if (open.incrementAndGet() > MOST) {
            open.decrementAndGet();
            connections.refuse(request, 503, "too many requests at once; ask again");
        } else {
            answer(request, path, prefix, reading);
        }
    }

    private void answer(HttpServerRequest request, String path, String prefix, Reading reading) {
        var authorization = Optional.ofNullable(request.getHeader("Authorization"));
        var started = Timer.start(meters);
        connections.asked(request.connection());
        workers.executeBlocking(() -> reading.get(path, authorization), false).onComplete(result -> {
            open.decrementAndGet();
            connections.answered(request.connection());
            if (result.failed()) {
                LOG.errorf(result.cause(), "the answer to GET %s failed", prefix);
            }
            var answer =
                    result.succeeded() ? result.result() : new Answer(500, "internal error; see the operator's log");
            started.stop(
                    meters.timer("selvedge.reading", "path", prefix, "outcome", Integer.toString(answer.status())));
            send(request, answer);
        });
    }

    private static void send(HttpServerRequest request, Answer answer) {
        var response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        var ok = answer.status() == Answer.OK;
        response.setStatusCode(answer.status())
                .putHeader("Content-Type", ok ? "application/json" : "text/plain; charset=utf-8")
                .putHeader("Cache-Control", "no-store");
        if (answer.status() == 401) {
            response.putHeader("WWW-Authenticate", "Bearer");
        }
        response.end(answer.json() + "\n");
    }

    private static boolean hasBody(HttpServerRequest request) {
        return request.getHeader("Transfer-Encoding") != null
                || !requireNonNullElse(request.getHeader("Content-Length"), "0").equals("0");
    }
}
