// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Two servers on this machine, which is outside of the cluster: one for HTTP, one for HTTPS. */
record Outside(HttpServer http, HttpsServer https) implements AutoCloseable {
    private static final char[] PASSWORD = "changeit".toCharArray();

    static Outside start(Path folder) throws IOException, InterruptedException {
        var http = HttpServer.create(new InetSocketAddress(0), 0);
        var https = HttpsServer.create(new InetSocketAddress(0), 0);
        https.setHttpsConfigurator(new HttpsConfigurator(context(folder.resolve("outside.p12"))));
        for (var server : List.of(http, https)) {
            server.createContext("/", exchange -> {
                exchange.sendResponseHeaders(200, -1);
                exchange.close();
            });
            server.start();
        }
        return new Outside(http, https);
    }

    int clear() {
        return http.getAddress().getPort();
    }

    int secure() {
        return https.getAddress().getPort();
    }

    @Override
    public void close() {
        http.stop(0);
        https.stop(0);
    }

    private static SSLContext context(Path store) throws IOException, InterruptedException {
        var keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        var made = new ProcessBuilder(
                        keytool,
                        "-genkeypair",
                        "-alias",
                        "outside",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=outside",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .inheritIO()
                .start()
                .waitFor();
        if (made != 0) {
            throw new IOException("keytool ended with " + made);
        }
        try (var input = Files.newInputStream(store)) {
            var keys = KeyStore.getInstance("PKCS12");
            keys.load(input, PASSWORD);
            var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(keys, PASSWORD);
            var context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
