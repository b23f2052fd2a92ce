// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;

/**
 * An application that speaks HTTP/1.1 and nothing else, WebSockets included: answers with the head of the request as it
 * came and the length of its body; in a WebSocket it sends back what it gets. {@code /status/503} answers that, {@code /hop} with headers of the connection,
 * {@code /hints} after early hints, {@code /end} without a length, {@code /large} with 64 MiB; {@code /stall} reads no body and does not answer.
 */
final class Http1Application implements AutoCloseable {
    private static final Pattern LENGTH = Pattern.compile("content-length: (\\d+)\r\n");

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

    Http1Application() throws IOException {
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        server.close();
        for (var connection : connections) {
            connection.close();
        }
    }

    private void accept() {
        try {
            while (!server.isClosed()) {
                var connection = server.accept();
                connections.add(connection);
                Thread.ofVirtual().start(() -> serve(connection));
            }
        } catch (IOException _) {
            // It is closed.
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            var input = new BufferedInputStream(connection.getInputStream());
            var output = connection.getOutputStream();
            for (var head = head(input); !head.isEmpty(); head = head(input)) {
                if (head.contains("\r\nupgrade: websocket\r\n")) {
                    write(
                            output,
                            "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n");
                    input.transferTo(output);
                    return;
                }
                if (head.contains(" /stall ")) {
                    closed.await();
                }
                answer(output, head, body(head, input));
                if (head.contains(" /end ")) {
                    return;
                }
            }
        } catch (IOException | InterruptedException _) {
            // The other end has gone.
        }
    }

    private static void answer(OutputStream output, String head, long length) throws IOException {
        var path = head.split(" ", 3)[1];
        var body = head + "length: " + length + "\n";
        if (path.equals("/large")) {
            body = "x".repeat(64 * 1024 * 1024);
        }
        if (path.equals("/hints")) {
            write(output, "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n");
        }
        write(
                output,
                "HTTP/1.1 " + (path.startsWith("/status/") ? path.substring("/status/".length()) : "200")
                        + " As Asked\r\n" + headers(path, body) + "\r\n" + body);
    }

    private static String headers(String path, String body) {
        var length = "Content-Length: " + body.length() + "\r\n";
        return switch (path) {
            case "/hop" ->
                length + "Connection: Keep-Alive, Upgrade\r\nKeep-Alive: timeout=5, max=100\r\nUpgrade: h2, h2c\r\n"
                        + "Proxy-Connection: keep-alive\r\nX_Under.Score!: \u00e9\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n";
            case "/end" -> "Connection: close\r\n";
            default -> length;
        };
    }

    private static void write(OutputStream output, String text) throws IOException {
        output.write(text.getBytes(StandardCharsets.ISO_8859_1));
        output.flush();
    }

    /** In lower case; empty when the connection has ended. */
    private static String head(InputStream input) throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = input.read();
            if (next < 0) {
                return "";
            }
            head.append((char) next);
        }
        return head.toString().toLowerCase(Locale.ROOT);
    }

    private static long body(String head, InputStream input) throws IOException {
        var length = LENGTH.matcher(head);
        if (length.find()) {
            long announced = Long.parseLong(length.group(1));
            input.skipNBytes(announced);
            return announced;
        }
        long read = 0;
        if (head.contains("\r\ntransfer-encoding: chunked\r\n")) {
            for (long chunk = chunk(input); chunk > 0; chunk = chunk(input)) {
                input.skipNBytes(chunk + 2);
                read += chunk;
            }
            input.skipNBytes(2);
        }
        return read;
    }

    private static long chunk(InputStream input) throws IOException {
        var line = new StringBuilder();
        while (line.indexOf("\r\n") < 0) {
            line.append((char) input.read());
        }
        return Long.parseLong(line.substring(0, line.length() - 2), 16);
    }
}
