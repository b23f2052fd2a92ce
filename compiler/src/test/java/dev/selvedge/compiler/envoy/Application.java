// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An application behind a proxy: answers with its name, the path, its peer's port, and every header that it got. {@code /status/503}
 * answers that, {@code /slow} after two seconds, {@code /flaky/<n>} fails n times in a row and then succeeds,
 * {@code /limited} asks once to come back in a second, {@code /grpc/<n>} answers that status of gRPC.
 */
final class Application implements AutoCloseable {
    private final String name;
    private final int usual;
    private final HttpServer server;
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();

    Application(String name) throws IOException {
        this(name, 200);
    }

    /** @param usual what it answers unless the path says otherwise */
    Application(String name, int usual) throws IOException {
        this.name = name;
        this.usual = usual;
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", this::answer);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    int requests() {
        return requests.get();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        requests.incrementAndGet();
        var path = exchange.getRequestURI().getRawPath();
        if (path.startsWith("/slow")) {
            sleep();
        }
        var body = new StringBuilder(name + " " + exchange.getRequestMethod() + " " + exchange.getRequestURI() + "\n");
        body.append("connection: ")
                .append(exchange.getRemoteAddress().getPort())
                .append('\n');
        exchange.getRequestHeaders().forEach((header, values) -> body.append(header.toLowerCase(java.util.Locale.ROOT))
                .append(": ")
                .append(String.join(",", values))
                .append('\n'));
        var bytes = body.toString().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Server", "the-application");
        int status = status(path);
        if (status == 429) {
            exchange.getResponseHeaders().add("Retry-After", "1");
        }
        if (path.startsWith("/grpc/")) {
            exchange.getResponseHeaders().add("grpc-status", path.substring("/grpc/".length()));
            exchange.getResponseHeaders().add("content-type", "application/grpc");
        }
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private int status(String path) {
        if (path.startsWith("/status/")) {
            return Integer.parseInt(path.substring("/status/".length()));
        }
        if (path.equals("/limited")) {
            return failures.getAndUpdate(n -> n == 0 ? 1 : 0) == 0 ? 429 : 200;
        }
        if (path.startsWith("/flaky/")) {
            int limit = Integer.parseInt(path.substring("/flaky/".length()));
            if (failures.getAndUpdate(n -> n >= limit ? 0 : n + 1) < limit) {
                return 503;
            }
        }
        return usual;
    }

    private static void sleep() {
        try {
            Thread.sleep(2_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
