// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
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

    /** Calls that a client may take back at once; each has cost the reading of its headers and a look at its token. */
    private static final int MAX_RESETS = 100;

    private static final int RESETS_WINDOW_SECONDS = 10;

    /**
     * What connections may cost that have not proved anything.
     *
     * @param connections at a time
     * @param handshake until TLS is done
     * @param idle without a call; a proxy has one as long as it is connected
     * @param proof until a call was authenticated
     */
    record Limits(int connections, Duration handshake, Duration idle, Duration proof) {
        static final Limits DEFAULT =
                new Limits(4096, Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(60));
    }

    private final NettyServerBuilder builder;
    private final EventLoopGroup accepting = new NioEventLoopGroup(1, threads("xds-accept"));
    private final EventLoopGroup working = new NioEventLoopGroup(0, threads("xds-io"));
    private @Nullable Server server;

    /**
     * @param keys the serving certificate
     * @param interceptor authenticates every call
     */
    public XdsServer(
            InetSocketAddress address,
            X509ExtendedKeyManager keys,
            ServerInterceptor interceptor,
            List<BindableService> services,
            MeterRegistry meters)
            throws IOException {
        this(address, keys, interceptor, services, meters, Limits.DEFAULT);
    }

    XdsServer(
            InetSocketAddress address,
            X509ExtendedKeyManager keys,
            ServerInterceptor interceptor,
            List<BindableService> services,
            MeterRegistry meters,
            Limits limits)
            throws IOException {
        var tls = GrpcSslContexts.configure(SslContextBuilder.forServer(keys), SslProvider.JDK)
                .protocols("TLSv1.3")
                .build();
        var connections = new Connections(limits, meters);
        builder = NettyServerBuilder.forAddress(address)
                .channelFactory(connections::listen)
                .bossEventLoopGroup(accepting)
                .workerEventLoopGroup(working)
                .sslContext(tls)
                // Authentication asks the API server and waits.
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                // The last one that is added is the first that a call meets.
                .intercept(connections)
                .intercept(interceptor)
                .addStreamTracerFactory(new EndedStreams(meters))
                .handshakeTimeout(limits.handshake().toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionIdle(limits.idle().toMillis(), TimeUnit.MILLISECONDS)
                .maxRstFramesPerWindow(MAX_RESETS, RESETS_WINDOW_SECONDS)
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

    private static ThreadFactory threads(String name) {
        return new DefaultThreadFactory(name, true);
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
        accepting.shutdownGracefully(2, 10, TimeUnit.SECONDS);
        working.shutdownGracefully(2, 10, TimeUnit.SECONDS);
    }
}
