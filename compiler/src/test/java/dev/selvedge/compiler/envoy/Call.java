// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** One request, byte for byte as written: no client library tidies the path up. */
record Call(int port, String method, String path, String headers) {
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: (\\d+)\r\n");

    static {
        greetOnce();
    }

    /** On a busy machine the first greeting of a JVM takes longer than a proxy waits for one. */
    private static void greetOnce() {
        try {
            var engine = SSLContext.getDefault().createSSLEngine("localhost", 1);
            engine.setUseClientMode(true);
            engine.wrap(
                    ByteBuffer.allocate(0),
                    ByteBuffer.allocate(engine.getSession().getPacketBufferSize()));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @param status 0 when the connection ended without an answer */
    record Answer(int status, String text) {
        /** A header of the answer or a line of the application's echo. */
        boolean contains(String line) {
            return text.toLowerCase(java.util.Locale.ROOT).contains(line.toLowerCase(java.util.Locale.ROOT));
        }
    }

    static Call get(int port, String path) {
        return new Call(port, "GET", path, "");
    }

    Call method(String other) {
        return new Call(port, other, path, headers);
    }

    Call with(String name, String value) {
        return new Call(port, method, path, headers + name + ": " + value + "\r\n");
    }

    /** In the clear. */
    Answer plain() {
        try (var socket = connect(port)) {
            return exchange(socket);
        } catch (IOException e) {
            return new Answer(0, e.toString());
        }
    }

    /** As the proxy of that identity would call. */
    Answer as(Certificates.Identity identity) {
        return as(identity, "selvedge-http", "TLSv1.3");
    }

    Answer as(Certificates.Identity identity, String alpn, String version) {
        try (var socket = tls(port, identity, alpn, version)) {
            return exchange(socket);
        } catch (IOException e) {
            return new Answer(0, e.toString());
        }
    }

    static SSLSocket tls(int port, Certificates.Identity identity, String alpn, String version) throws IOException {
        return tls(connect(port), identity, alpn, version);
    }

    /** Proves the identity on a connection that is open already. */
    static SSLSocket tls(Socket connection, Certificates.Identity identity, String alpn, String version)
            throws IOException {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(identity.keyManagers(), new TrustManager[] {new TrustsAnybody()}, null);
            var socket = (SSLSocket)
                    context.getSocketFactory().createSocket(connection, "127.0.0.1", connection.getPort(), true);
            var parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {alpn});
            parameters.setProtocols(new String[] {version});
            socket.setSSLParameters(parameters);
            return socket;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static Socket connect(int port) throws IOException {
        var socket = new Socket();
        socket.setSoTimeout(10_000);
        socket.connect(new InetSocketAddress("127.0.0.1", port), 2_000);
        return socket;
    }

    /** On a connection that stays open. */
    Answer on(Socket socket) {
        try {
            return exchange(socket, "keep-alive");
        } catch (IOException e) {
            return new Answer(0, e.toString());
        }
    }

    private Answer exchange(Socket socket) throws IOException {
        return exchange(socket, "close");
    }

    private Answer exchange(Socket socket, String connection) throws IOException {
        var request = method + " " + path + " HTTP/1.1\r\nHost: service\r\nConnection: " + connection + "\r\n" + headers
                + "\r\n";
        var output = socket.getOutputStream();
        output.write(request.getBytes(StandardCharsets.ISO_8859_1));
        output.flush();
        var text = read(new BufferedInputStream(socket.getInputStream()));
        return new Answer(text.startsWith("HTTP/1.1 ") ? Integer.parseInt(text.substring(9, 12)) : 0, text);
    }

    /** Up to the announced length: a proxy that refused a request keeps its connection open for a second. */
    private static String read(InputStream input) throws IOException {
        var bytes = new ByteArrayOutputStream();
        int end = Integer.MAX_VALUE;
        while (bytes.size() < end) {
            int next = input.read();
            if (next < 0) {
                break;
            }
            bytes.write(next);
            if (next == '\n' && end == Integer.MAX_VALUE) {
                end = end(bytes.toString(StandardCharsets.UTF_8));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static int end(String text) {
        int head = text.indexOf("\r\n\r\n");
        var length = LENGTH.matcher(text);
        return head > 0 && length.find() ? head + 4 + Integer.parseInt(length.group(1)) : Integer.MAX_VALUE;
    }

    private static final class TrustsAnybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
