// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.webhook;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.admission.v1.AdmissionReview;
import io.javaoperatorsdk.webhook.admission.AdmissionController;
import io.javaoperatorsdk.webhook.admission.AdmissionRequestHandler;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.KeyCertOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jboss.logging.Logger;

/**
 * HTTPS for the API server, and for those who read what is in force. Whatever else is sent here costs a bounded amount of
 * memory and time, and an answer that says what was wrong.
 */
public final class WebhookServer implements AutoCloseable {
    /** Bytes. The API server's own limit for a request is 3 MiB. */
    static final int MAX_BODY = 3 << 20;

    /** Bytes of all bodies that are being received. */
    private static final long MAX_BUFFERED = 64L << 20;

    /** Seconds without a byte. */
    private static final int IDLE_SECONDS = 30;

    /** Between one whole request of a connection and the next. The API server waits no longer for an answer. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final int HANDSHAKE_SECONDS = 10;
    private static final int MAX_CONNECTIONS = 512;
    private static final int MAX_HEADERS = 16 << 10;
    private static final int WORKERS = 4;
    private static final Logger LOG = Logger.getLogger(WebhookServer.class);

    private final ReviewCodec codec = new ReviewCodec(MAX_BODY);
    private final AtomicLong buffered = new AtomicLong();
    private final Map<String, AdmissionController<?>> controllers;
    private final MeterRegistry meters;
    private final WorkerExecutor workers;
    private final Connections connections;
    private final ReadRequests reads;
    private final HttpServer server;

    /**
     * @param keys the serving certificate, which it may change at any time
     * @param port 0 for any free one
     * @param handlers by path
     * @param readings by the beginning of their paths
     */
    public WebhookServer(
            Vertx vertx,
            X509ExtendedKeyManager keys,
            int port,
            Map<String, AdmissionRequestHandler> handlers,
            Map<String, Reading> readings,
            MeterRegistry meters) {
        this(vertx, keys, port, handlers, readings, meters, PATIENCE);
    }

    WebhookServer(
            Vertx vertx,
            X509ExtendedKeyManager keys,
            int port,
            Map<String, AdmissionRequestHandler> handlers,
            Map<String, Reading> readings,
            MeterRegistry meters,
            Duration patience) {
        this.meters = meters;
        connections = new Connections(vertx, meters, MAX_CONNECTIONS, patience);
        reads = new ReadRequests(vertx, readings, connections, meters);
        controllers = handlers.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        Map.Entry::getKey, handler -> new AdmissionController<>(handler.getValue())));
        meters.gauge("selvedge.admission.buffered.bytes", buffered);
        workers = vertx.createSharedWorkerExecutor("webhook", WORKERS);
        server = vertx.createHttpServer(new HttpServerOptions()
                        .setPort(port)
                        .setSsl(true)
                        .setKeyCertOptions(KeyCertOptions.wrap(keys))
                        .setEnabledSecureTransportProtocols(Set.of("TLSv1.3", "TLSv1.2"))
                        // HTTP/1.1: closing the connection is then how a body that nobody wants is stopped.
                        .setUseAlpn(false)
                        .setSslHandshakeTimeout(HANDSHAKE_SECONDS)
                        .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
                        .setMaxHeaderSize(MAX_HEADERS)
                        .setIdleTimeout(IDLE_SECONDS)
                        .setIdleTimeoutUnit(TimeUnit.SECONDS))
                .connectionHandler(connections::opened)
                .exceptionHandler(_ -> connections.refused("no-connection"))
                .invalidRequestHandler(request -> {
                    connections.refused("malformed");
                    HttpServerRequest.DEFAULT_INVALID_REQUEST_HANDLER.handle(request);
                })
                .requestHandler(this::receive);
    }

    /** Returns the port once it accepts connections. */
    public int start() {
        return server.listen().toCompletionStage().toCompletableFuture().join().actualPort();
    }

    /** Where it listens; 0 before it does. */
    public int port() {
        return Math.max(0, server.actualPort());
    }

    @Override
    public void close() {
        server.close().toCompletionStage().toCompletableFuture().join();
        workers.close().toCompletionStage().toCompletableFuture().join();
        reads.close();
    }

    private void receive(HttpServerRequest request) {
        var path = requireNonNullElse(request.path(), "");
        var controller = controllers.get(path);
        if (reads.takes(request)) {
            return;
        }
        if (controller == null) {
            connections.refuse(request, 404, "there is nothing at this path");
        } else if (!HttpMethod.POST.equals(request.method())) {
            connections.refuse(request, 405, "POST an AdmissionReview");
        } else if (!requireNonNullElse(request.getHeader("Content-Type"), "").startsWith("application/json")) {
            connections.refuse(request, 415, "the content type must be application/json");
        } else if (declaredLength(request) > MAX_BODY) {
            connections.refuse(request, 413, "the body is larger than " + MAX_BODY + " bytes");
        } else {
            new Body(request, path, controller).read();
        }
    }

    private static long declaredLength(HttpServerRequest request) {
        try {
            return Long.parseLong(requireNonNullElse(request.getHeader("Content-Length"), "0"));
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    private byte[] review(AdmissionController<?> controller, byte[] body) throws IOException {
        AdmissionReview review = codec.read(body);
        return codec.write(controller.handle(review));
    }

    /** One request while its body arrives. Used on its connection's event loop only. */
    private final class Body {
        private final HttpServerRequest request;
        private final String path;
        private final AdmissionController<?> controller;
        private final Timer.Sample started = Timer.start(meters);
        private Buffer received = Buffer.buffer();
        private boolean done;

        Body(HttpServerRequest request, String path, AdmissionController<?> controller) {
            this.request = request;
            this.path = path;
            this.controller = controller;
        }

        void read() {
            request.handler(this::append).exceptionHandler(_ -> release()).endHandler(_ -> answer());
            request.response().closeHandler(_ -> release());
        }

        private void append(Buffer part) {
            if (done) {
                return;
            }
            long total = buffered.addAndGet(part.length());
            received.appendBuffer(part);
            if (received.length() > MAX_BODY) {
                release();
                finish(413, "the body is larger than " + MAX_BODY + " bytes");
            } else if (total > MAX_BUFFERED) {
                release();
                finish(503, "too many requests at once");
            }
        }

        private void release() {
            if (!done) {
                done = true;
                buffered.addAndGet(-received.length());
                received = Buffer.buffer();
            }
        }

        private void answer() {
            if (done) {
                return;
            }
            var body = received.getBytes();
            release();
            connections.asked(request.connection());
            workers.executeBlocking(() -> review(controller, body), false).onComplete(this::succeed, this::fail);
        }

        private void succeed(byte[] json) {
            record("answered");
            var response = request.response();
            if (!response.closed()) {
                response.putHeader("Content-Type", "application/json").end(Buffer.buffer(json));
            }
        }

        private void fail(Throwable failure) {
            if (failure instanceof IOException) {
                finish(400, "not an AdmissionReview: " + failure.getMessage());
            } else {
                LOG.errorf(failure, "admission review on %s failed", path);
                finish(500, "internal error; see the operator's log");
            }
        }

        private void finish(int status, String message) {
            record(Integer.toString(status));
            connections.refuse(request, status, message);
        }

        private void record(String outcome) {
            connections.answered(request.connection());
            started.stop(meters.timer("selvedge.admission", "path", path, "outcome", outcome));
        }
    }
}
