// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import dev.selvedge.testing.AnyCertificate;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/** A client outside of the mesh that calls a pod's proxy as another proxy would, with a certificate of its own. */
final class Outsider {
    private static final int PATIENCE_MILLIS = 5000;

    private final SSLContext context;

    /** @param keys its key and certificate, and nothing else */
    Outsider(KeyStore keys, char[] password) throws GeneralSecurityException {
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, password);
        context = SSLContext.getInstance("TLSv1.3");
        context.init(managers.getKeyManagers(), new TrustManager[] {new AnyCertificate()}, new SecureRandom());
    }

    /** What the server answers, headers and body; empty when the proxy does not take the certificate. */
    Optional<String> get(String address, int port, String path) throws IOException {
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket()) {
            socket.connect(new InetSocketAddress(address, port), PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"selvedge-http"});
            socket.setSSLParameters(parameters);
            return answer(socket, path);
        }
    }

    /** With TLS 1.3 a client learns after its handshake that its certificate is refused, when it writes or reads. */
    private static Optional<String> answer(SSLSocket socket, String path) throws IOException {
        String request = "GET " + path + " HTTP/1.1\r\nHost: echo\r\nConnection: close\r\n\r\n";
        try {
            socket.startHandshake();
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return Optional.of(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        } catch (SSLException | SocketException _) {
            return Optional.empty();
        }
    }
}
