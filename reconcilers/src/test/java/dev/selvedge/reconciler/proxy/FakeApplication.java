// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.selvedge.reconciler.pki.KeyAndChain;
import io.grpc.HandlerRegistry;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Answers HTTP and HTTPS with the request that it got, and every gRPC method with the same text. */
final class FakeApplication implements AutoCloseable {
    static final MethodDescriptor.Marshaller<byte[]> BYTES = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    };

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final List<String> grpcMethods = new CopyOnWriteArrayList<>();
    private final HttpServer http;
    private final HttpsServer https;
    private final Server grpc;

    FakeApplication(KeyAndChain certificate) throws IOException {
        var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        http = HttpServer.create(anyPort, 0);
        https = HttpsServer.create(anyPort, 0);
        https.setHttpsConfigurator(new HttpsConfigurator(context(certificate)));
        for (var server : List.of(http, https)) {
            server.createContext("/", this::answer);
            server.setExecutor(threads);
            server.start();
        }
        grpc = NettyServerBuilder.forAddress(anyPort)
                .fallbackHandlerRegistry(new Everything())
                .build()
                .start();
    }

    int httpPort() {
        return http.getAddress().getPort();
    }

    int httpsPort() {
        return https.getAddress().getPort();
    }

    int grpcPort() {
        return grpc.getPort();
    }

    /** That were called. */
    List<String> grpcMethods() {
        return grpcMethods;
    }

    private void answer(HttpExchange exchange) throws IOException {
        var text = new StringBuilder(exchange.getRequestMethod() + " " + exchange.getRequestURI() + "\n");
        exchange.getRequestHeaders().forEach((name, values) -> text.append(name + ": " + values.getFirst() + "\n"));
        int status =
                switch (exchange.getRequestURI().getPath()) {
                    case "/broken" -> 500;
                    case "/redirect" -> {
                        exchange.getResponseHeaders().add("Location", "/somewhere");
                        yield 302;
                    }
                    case "/slow" -> {
                        awaitClose();
                        yield 200;
                    }
                    default -> 200;
                };
        var body = text.toString().getBytes(UTF_8);
        exchange.sendResponseHeaders(status, body.length);
        try (var out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    private void awaitClose() {
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static SSLContext context(KeyAndChain certificate) {
        try {
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry(
                    "app", certificate.key(), new char[0], certificate.chain().toArray(X509Certificate[]::new));
            var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, new char[0]);
            var context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        closed.countDown();
        http.stop(0);
        https.stop(0);
        grpc.shutdownNow();
        threads.shutdownNow();
    }

    private final class Everything extends HandlerRegistry {
        @Override
        public ServerMethodDefinition<?, ?> lookupMethod(String method, @Nullable String authority) {
            grpcMethods.add(method);
            var descriptor = MethodDescriptor.<byte[], byte[]>newBuilder()
                    .setType(MethodDescriptor.MethodType.UNARY)
                    .setFullMethodName(method)
                    .setRequestMarshaller(BYTES)
                    .setResponseMarshaller(BYTES)
                    .build();
            return ServerMethodDefinition.create(descriptor, ServerCalls.asyncUnaryCall((request, response) -> {
                response.onNext("healthy".getBytes(UTF_8));
                response.onCompleted();
            }));
        }
    }
}
