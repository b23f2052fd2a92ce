// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;

/** An application that answers a request when the test says so. */
final class HeldApplication implements AutoCloseable {
    private record Held(String path, CompletableFuture<Integer> status) {}

    private final List<Held> held = new ArrayList<>();
    private final Set<InetSocketAddress> connections = new HashSet<>();
    private final HttpServer server;

    HeldApplication() throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", this::hold);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** How many requests with that path wait for an answer. */
    synchronized int waiting(String path) {
        return (int) held.stream().filter(it -> it.path().equals(path)).count();
    }

    /** From how many connections requests came. */
    synchronized int connections() {
        return connections.size();
    }

    /** Answers every request with that path that waits. */
    synchronized void answer(String path, int status) {
        held.stream().filter(it -> it.path().equals(path)).forEach(it -> it.status()
                .complete(status));
        held.removeIf(it -> it.path().equals(path));
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void hold(HttpExchange exchange) throws IOException {
        var arrived = new Held(exchange.getRequestURI().getRawPath(), new CompletableFuture<>());
        synchronized (this) {
            held.add(arrived);
            connections.add(exchange.getRemoteAddress());
        }
        exchange.sendResponseHeaders(arrived.status().join(), -1);
        exchange.close();
    }
}
