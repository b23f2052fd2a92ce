// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.fuzz;

import dev.selvedge.testing.AnyCertificate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/** A connection on which any bytes can be sent, with TLS or without. */
public final class RawTls implements AutoCloseable {
    private static final int ATTEMPTS = 10;
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final SSLContext TRUSTING = trusting();

    private final Socket socket;

    private RawTls(Socket socket) {
        this.socket = socket;
    }

    /** Without TLS. */
    public static RawTls plain(int port) throws IOException {
        var socket = new Socket();
        socket.connect(new InetSocketAddress("127.0.0.1", port), TIMEOUT_MILLIS);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        return new RawTls(socket);
    }

    /** @param protocols for ALPN */
    public static RawTls tls(int port, String... protocols) throws IOException {
        var plain = plain(port);
        try {
            var socket = (SSLSocket) TRUSTING.getSocketFactory().createSocket(plain.socket, "localhost", port, true);
            var parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(protocols);
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return new RawTls(socket);
        } catch (IOException e) {
            plain.close();
            throw e;
        }
    }

    /** Tries a few times: on a busy machine the server may be tired of waiting before this side has sent its part. */
    public static RawTls patiently(int port, String... protocols) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return tls(port, protocols);
            } catch (IOException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** Sends; false when the other side has closed. */
    public boolean send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    public boolean send(String text) {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Everything until the other side closes; throws when it does not in time. */
    public byte[] readUntilClosed(Duration patience) throws IOException {
        var read = new ByteArrayOutputStream();
        var part = new byte[8192];
        long end = System.nanoTime() + patience.toNanos();
        try {
            while (true) {
                long left = Duration.ofNanos(end - System.nanoTime()).toMillis();
                if (left <= 0) {
                    throw new SocketTimeoutException();
                }
                socket.setSoTimeout((int) left);
                int length = socket.getInputStream().read(part);
                if (length < 0) {
                    return read.toByteArray();
                }
                read.write(part, 0, length);
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the server did not close the connection within " + patience, e);
        } catch (SocketException | javax.net.ssl.SSLException e) {
            return read.toByteArray();
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private static SSLContext trusting() {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new AnyCertificate()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
