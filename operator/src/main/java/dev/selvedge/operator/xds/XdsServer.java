// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC server that proxies and the other replicas talk to; TLS 1.3 on a port of its own.
 *
 * <p>The port opens only when there is something to serve. Envoy keeps one connection and would retry a refused stream
 * on it, at the same replica; a refused connection is tried again at another one.
 */
public final class XdsServer implements AutoCloseable {
    /** The port of the Service and of the proxies' bootstrap. */
    public static final int PORT = 15012;

    private static final Logger LOG = Logger.getLogger(XdsServer.class);
    /** A proxy that reconnects names all that it has: forty thousand scopes are about three megabytes. */
    private static final int MAX_REQUEST_BYTES = 8 << 20;

    private static final int MAX_HEADER_BYTES = 32 << 10;
    private static final int MAX_CALLS_PER_CONNECTION = 16;

    private final NettyServerBuilder builder;
    private final EventLoopGroup accepting = new NioEventLoopGroup(
            1, Thread.ofPlatform().name("xds-accept-", 0).daemon().factory());
    private final EventLoopGroup moving = new NioEventLoopGroup(
            0, Thread.ofPlatform().name("xds-io-", 0).daemon().factory());
    private @Nullable Server server;

    /**
     * @param keys the serving certificate
     * @param interceptor authenticates every call
     */
    public XdsServer(
            InetSocketAddress address,
            X509ExtendedKeyManager keys,
            ServerInterceptor interceptor,
            List<BindableService> services)
            throws IOException {
        var tls = GrpcSslContexts.configure(SslContextBuilder.forServer(keys), SslProvider.JDK)
                .protocols("TLSv1.3")
                .build();
        var connections = new Connections();
        builder = NettyServerBuilder.forAddress(address)
                .channelFactory(connections::listen)
                .bossEventLoopGroup(accepting)
                .workerEventLoopGroup(moving)
                .sslContext(tls)
                // Authentication asks the API server and waits.
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .intercept(interceptor)
                .intercept(connections)
                .handshakeTimeout(10, TimeUnit.SECONDS)
                .keepAliveTime(30, TimeUnit.SECONDS)
                .keepAliveTimeout(10, TimeUnit.SECONDS)
                .permitKeepAliveTime(5, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                // A stream ends with its token; the next one then goes over a new connection, maybe to another replica.
                .maxConnectionAge(30, TimeUnit.MINUTES)
                .maxInboundMessageSize(MAX_REQUEST_BYTES)
                .maxInboundMetadataSize(MAX_HEADER_BYTES)
                .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION);
        services.forEach(builder::addService);
    }

    /** Opens the port once all of these have completed. */
    public void openAfter(CompletableFuture<?>... conditions) {
        var _ = CompletableFuture.allOf(conditions).thenRun(this::open).exceptionally(failure -> {
            LOG.error("the xDS port does not open", failure);
            return null;
        });
    }

    private synchronized void open() {
        try {
            server = builder.build().start();
            LOG.infof("serving xDS on port %d", server.getPort());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the port is open. */
    public synchronized boolean isServing() {
        return server != null && !server.isShutdown();
    }

    /** The port that was bound. */
    public synchronized int port() {
        if (server == null) {
            throw new IllegalStateException("the port is not open");
        }
        return server.getPort();
    }

    @Override
    public synchronized void close() {
        if (server != null) {
            server.shutdownNow();
            try {
                server.awaitTermination(5, TimeUnit.SECONDS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
        accepting.shutdownGracefully();
        moving.shutdownGracefully();
    }
}
