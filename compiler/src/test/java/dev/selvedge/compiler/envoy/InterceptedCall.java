// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import dev.selvedge.compiler.model.ProxyPorts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A connection to an application that arrives at its proxy instead: see {@code TestProxy.intercept}.
 *
 * @param proxy the port of the proxy
 * @param from the address of the caller
 * @param application the port that the caller wanted
 */
record InterceptedCall(int proxy, String from, int application) {
    /** Stands for a caller that proves nothing. */
    static final Certificates.Identity PLAINTEXT = new Certificates("cluster.local").issue("spiffe://nobody/ns/x/sa/x");

    /**
     * @param firstByteAfter from the start of the connection
     * @param end how the connection ended
     */
    record Heard(String text, Duration firstByteAfter, String end) {}

    /** Says nothing until the server has spoken; empty when it never does. */
    Heard listen(Certificates.Identity caller) {
        var bytes = new ByteArrayOutputStream();
        var start = System.nanoTime();
        var first = Duration.ZERO;
        var end = "closed";
        try (var socket = open(caller)) {
            int next = socket.getInputStream().read();
            first = Duration.ofNanos(System.nanoTime() - start);
            if (next >= 0) {
                socket.getOutputStream().write(HELLO);
                socket.getOutputStream().flush();
            }
            for (; next >= 0; next = socket.getInputStream().read()) {
                bytes.write(next);
            }
        } catch (IOException e) {
            if (e instanceof java.net.SocketTimeoutException) {
                throw new AssertionError("neither served nor refused", e);
            }
            end = e.toString();
        }
        return new Heard(bytes.toString(StandardCharsets.UTF_8), first, end);
    }

    /** Sends a line at once. */
    String speakFirst(Certificates.Identity caller) throws IOException {
        try (var socket = open(caller)) {
            socket.getOutputStream().write(HELLO);
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static final byte[] HELLO = "hello\n".getBytes(StandardCharsets.UTF_8);

    private Socket open(Certificates.Identity caller) throws IOException {
        var socket = new Socket();
        socket.setSoTimeout(10_000);
        socket.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
        socket.connect(new InetSocketAddress("127.0.0.1", proxy), 2_000);
        var intercepted = "PROXY TCP4 " + from + " 127.0.0.1 " + socket.getLocalPort() + " " + application + "\r\n";
        socket.getOutputStream().write(intercepted.getBytes(StandardCharsets.UTF_8));
        if (caller.equals(PLAINTEXT)) {
            return socket;
        }
        var tls = Call.tls(socket, caller, ProxyPorts.ALPN_TCP, "TLSv1.3");
        tls.startHandshake();
        return tls;
    }
}
