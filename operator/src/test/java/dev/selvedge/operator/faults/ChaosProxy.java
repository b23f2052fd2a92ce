// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.faults;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;

/**
 * An API server that behaves badly on demand: between the operator, which talks plain HTTP/1.1 to it, and the real one.
 * Every connection carries one request. Kinds are watched over connections of their own, so that a different delay on
 * each reorders events across kinds, and never within one.
 */
final class ChaosProxy implements AutoCloseable {
    /** Questions about tokens: how many in all, and how many at once at most. */
    record Reviews(AtomicInteger all, AtomicInteger now, AtomicInteger most) {}

    private final URI upstream;
    private final SSLSocketFactory tls;
    private final int port;
    private final Reviews reviews = new Reviews(new AtomicInteger(), new AtomicInteger(), new AtomicInteger());
    private final AtomicInteger gone = new AtomicInteger();
    private final AtomicInteger events = new AtomicInteger();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private ServerSocket listening;
    private volatile Supplier<Duration> eventDelay = () -> Duration.ZERO;
    private volatile Duration slowness = Duration.ZERO;
    private volatile int copies = 1;
    private volatile boolean resumptionsGone;

    ChaosProxy(Config config) throws IOException {
        upstream = URI.create(config.getMasterUrl());
        try {
            tls = SSLUtils.sslContext(config).getSocketFactory();
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(e);
        }
        listening = listen(0);
        port = listening.getLocalPort();
    }

    int port() {
        return port;
    }

    /** Every watch asks for a delay of its own before each event. */
    void delayEvents(Supplier<Duration> delay) {
        eventDelay = delay;
    }

    /** How often each event is told. */
    void copies(int times) {
        copies = times;
    }

    /** How long every answer takes to begin. */
    void slow(Duration by) {
        slowness = by;
    }

    /** Whether whoever resumes a watch hears that the version is too old. */
    void resumptionsGone(boolean now) {
        resumptionsGone = now;
    }

    /** Ends every connection. */
    void cut() {
        open.forEach(ChaosProxy::close);
    }

    /** Ends every connection and takes no more. */
    synchronized void away() {
        close(listening);
        cut();
    }

    /** Takes connections again. */
    synchronized void back() {
        if (listening.isClosed()) {
            try {
                listening = listen(port);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Good behaviour from now on. */
    void behave() {
        back();
        eventDelay = () -> Duration.ZERO;
        slowness = Duration.ZERO;
        copies = 1;
        resumptionsGone = false;
    }

    Reviews reviews() {
        return reviews;
    }

    /** How often a watch was told that its version is gone. */
    int gone() {
        return gone.get();
    }

    /** Events that were passed on. */
    int events() {
        return events.get();
    }

    private ServerSocket listen(int on) throws IOException {
        var socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), on), 1024);
        threads.execute(() -> accept(socket));
        return socket;
    }

    private void accept(ServerSocket socket) {
        while (!socket.isClosed()) {
            try {
                var client = socket.accept();
                threads.execute(() -> serve(client));
            } catch (IOException _) {
                // Closed: the server is away.
            }
        }
    }

    private void serve(Socket client) {
        open.add(client);
        try (client) {
            var request = HttpMessage.read(client.getInputStream());
            pause(slowness);
            if (request.isWatch() && request.resumes() && resumptionsGone) {
                gone.incrementAndGet();
                client.getOutputStream().write(HttpMessage.GONE);
                return;
            }
            var review = request.target().contains("/tokenreviews");
            if (review) {
                reviews.all().incrementAndGet();
                reviews.most().accumulateAndGet(reviews.now().incrementAndGet(), Math::max);
            }
            try (var server = tls.createSocket(upstream.getHost(), upstream.getPort())) {
                open.add(server);
                exchange(client, server, request);
                open.remove(server);
            } finally {
                if (review) {
                    reviews.now().decrementAndGet();
                }
            }
        } catch (IOException | InterruptedException _) {
            // One of them hung up; the try has closed both.
        } finally {
            open.remove(client);
        }
    }

    private void exchange(Socket client, Socket server, HttpMessage request) throws IOException, InterruptedException {
        request.writeTo(server.getOutputStream());
        if (!request.isUpgrade()) {
            server.getInputStream().transferTo(client.getOutputStream());
            return;
        }
        var answer = HttpMessage.read(server.getInputStream());
        answer.writeTo(client.getOutputStream());
        threads.execute(() -> {
            try {
                client.getInputStream().transferTo(server.getOutputStream());
            } catch (IOException _) {
                // The other direction ends as well, and closes both.
            }
            close(server);
        });
        var delay = eventDelay.get();
        while (true) {
            var frame = HttpMessage.frame(server.getInputStream());
            pause(eventDelay.get().isZero() ? Duration.ZERO : delay);
            for (int i = 0; i < (HttpMessage.isEvent(frame) ? copies : 1); i++) {
                client.getOutputStream().write(frame);
                events.incrementAndGet();
            }
        }
    }

    private static void pause(Duration time) throws InterruptedException {
        if (!time.isZero()) {
            Thread.sleep(time);
        }
    }

    private static void close(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception _) {
            // It is closed whatever it says.
        }
    }

    @Override
    public void close() {
        away();
        threads.shutdownNow();
    }
}
