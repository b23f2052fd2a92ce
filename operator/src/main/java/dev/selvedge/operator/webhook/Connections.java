// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.webhook;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The connections of the webhook server. There are not too many of them, and each gets something done: one that brings
 * no whole request within a while is closed, however busily it drips.
 */
final class Connections {
    /** Name of the counter of what was turned away. */
    static final String REFUSED = "selvedge.admission.refused";

    private final Vertx vertx;
    private final MeterRegistry meters;
    private final int limit;
    private final Duration patience;
    private final Map<HttpConnection, Progress> open = new ConcurrentHashMap<>();

    /** Of one connection; on its event loop only. */
    private static final class Progress {
        boolean recent;
        boolean ever;
        boolean answering;
    }

    /**
     * @param limit of connections at a time
     * @param patience how long a request may take to arrive
     */
    Connections(Vertx vertx, MeterRegistry meters, int limit, Duration patience) {
        this.vertx = vertx;
        this.meters = meters;
        this.limit = limit;
        this.patience = patience;
        meters.gaugeMapSize("selvedge.admission.connections", List.of(), open);
    }

    /** A connection whose TLS handshake is done. */
    void opened(HttpConnection connection) {
        if (open.size() >= limit) {
            refused("too-many-connections");
            connection.close();
            return;
        }
        var progress = new Progress();
        open.put(connection, progress);
        long timer = vertx.setPeriodic(patience.toMillis(), _ -> check(connection, progress));
        connection.closeHandler(_ -> {
            vertx.cancelTimer(timer);
            open.remove(connection);
        });
    }

    /** A whole request has arrived: how long its answer takes is not the client's fault. */
    void asked(HttpConnection connection) {
        var progress = open.get(connection);
        if (progress != null) {
            progress.ever = true;
            progress.answering = true;
        }
    }

    /** Its answer is there. */
    void answered(HttpConnection connection) {
        var progress = open.get(connection);
        if (progress != null) {
            progress.recent = true;
            progress.answering = false;
        }
    }

    private void check(HttpConnection connection, Progress progress) {
        if (progress.recent || progress.answering) {
            progress.recent = false;
            return;
        }
        if (!progress.ever) {
            refused("slow");
        }
        connection.close();
    }

    /** Answers, and does not wait for the rest of a body that nobody wants. */
    void refuse(HttpServerRequest request, int status, String message) {
        refused(Integer.toString(status));
        var response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        response.setStatusCode(status)
                .putHeader("Content-Type", "text/plain; charset=utf-8")
                .putHeader("Connection", "close")
                .end(message + "\n")
                .onComplete(_ -> request.connection().close());
    }

    /** @param reason one of a few words */
    void refused(String reason) {
        Counter.builder(REFUSED)
                .description("Connections and requests that the webhook server turned away")
                .tag("reason", reason)
                .register(meters)
                .increment();
    }
}
