// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** An application that speaks first, then answers one line and ends the connection. */
final class GreetingServer implements AutoCloseable {
    static final String GREETING = "220 welcome, this is version 1.2.3\n";

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final AtomicInteger connections = new AtomicInteger();
    private final String greeting;

    GreetingServer() throws IOException {
        this(GREETING);
    }

    GreetingServer(String greeting) throws IOException {
        this.greeting = greeting;
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    int connections() {
        return connections.get();
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException _) {
            // nobody connects any more
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                var socket = server.accept();
                connections.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException _) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.getOutputStream().write(greeting.getBytes(StandardCharsets.UTF_8));
            var said = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
            socket.getOutputStream().write(("you said " + said + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException _) {
            // the caller has gone
        }
    }
}
