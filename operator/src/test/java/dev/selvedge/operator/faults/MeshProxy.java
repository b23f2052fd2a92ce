// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.faults;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.operator.Replica;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A proxy that subscribes as Envoy does, over a connection of its own with real TLS, comes back with what it has when a
 * stream ends, and remembers all that it was sent.
 */
final class MeshProxy implements AutoCloseable {
    /** Envoy's own: the wait is random between nothing and this, doubled at each failure. */
    private static final int BACKOFF_MILLIS = 500;

    private static final int MAX_BACKOFF_MILLIS = 8_000;
    private static final EventLoopGroup LOOPS = new NioEventLoopGroup(
            2, Thread.ofPlatform().daemon().name("proxy-", 0).factory());

    /** What all proxies of a test have in common. */
    record Mesh(SslContext tls, InetAddress host, IntSupplier port, Rules rules) {
        /**
         * @param port of a replica, asked at each connection
         * @param rules what no response may break
         */
        static Mesh of(List<X509Certificate> anchors, IntSupplier port, Rules rules) {
            return of(anchors, InetAddress.getLoopbackAddress(), port, rules);
        }

        static Mesh of(List<X509Certificate> anchors, InetAddress host, IntSupplier port, Rules rules) {
            try {
                var tls = GrpcSslContexts.forClient()
                        .trustManager(anchors.toArray(X509Certificate[]::new))
                        .protocols("TLSv1.3")
                        // Else each of thousands of connections leaves a session in the client's own cache.
                        .sessionCacheSize(16)
                        .build();
                return new Mesh(tls, host, port, rules);
            } catch (SSLException e) {
                throw new IllegalArgumentException(e);
            }
        }
    }

    private final Mesh mesh;
    private final ObjectName pod;
    private final String token;
    private final Possessions has;
    private final AtomicInteger responses = new AtomicInteger();
    private boolean closed;
    private boolean stalled;
    private int failures;
    private @Nullable ManagedChannel channel;
    private @Nullable ClientCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> call;
    private volatile @Nullable Status lastEnd;
    private volatile int ends;
    private volatile long connectedAt;
    private volatile long completeAt;
    private volatile long endpointsAt;
    private final AtomicLong bytes = new AtomicLong();

    /** @param services whose routes it asks for, as {@code namespace/name:port}; null for all */
    MeshProxy(Mesh mesh, ObjectName pod, String token, @Nullable Set<String> services) {
        this.mesh = mesh;
        this.pod = pod;
        this.token = token;
        this.has = new Possessions(services);
    }

    ObjectName pod() {
        return pod;
    }

    Possessions has() {
        return has;
    }

    int responses() {
        return responses.get();
    }

    @Override
    public String toString() {
        return pod + (lastEnd == null ? "" : " ended by " + lastEnd);
    }

    /** How the last stream ended that a replica took; null while none has. */
    @Nullable
    Status lastEnd() {
        return lastEnd;
    }

    /** Streams that a replica took and that have ended. */
    int ends() {
        return ends;
    }

    /** {@link System#nanoTime()} of the first response of this stream; 0 before. */
    long connectedAt() {
        return connectedAt;
    }

    /** {@link System#nanoTime()} when it had all that it asked for; 0 before. */
    long completeAt() {
        return completeAt;
    }

    /** {@link System#nanoTime()} of the last endpoints. */
    long endpointsAt() {
        return endpointsAt;
    }

    /** Of all responses. */
    long bytes() {
        return bytes.get();
    }

    synchronized MeshProxy connect() {
        if (closed) {
            return this;
        }
        completeAt = 0;
        connectedAt = 0;
        var address = new InetSocketAddress(mesh.host(), mesh.port().getAsInt());
        channel = NettyChannelBuilder.forAddress(address)
                .overrideAuthority(Replica.HOST)
                .sslContext(mesh.tls())
                .eventLoopGroup(LOOPS)
                .channelType(NioSocketChannel.class)
                .directExecutor()
                .maxInboundMessageSize(64 << 20)
                // Small, so that one that stalls is soon felt by the server.
                .flowControlWindow(4 << 10)
                .build();
        var fresh = channel.newCall(
                AggregatedDiscoveryServiceGrpc.getDeltaAggregatedResourcesMethod(), CallOptions.DEFAULT);
        call = fresh;
        var headers = new Metadata();
        headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
        fresh.start(new Listener(fresh), headers);
        if (!stalled) {
            fresh.request(1);
        }
        has.opening().forEach(request -> send(request.setNode(Node.newBuilder().setId(pod.toString()))));
        return this;
    }

    /** Takes no response off the wire any more, and does not come back. */
    synchronized void stall() {
        stalled = true;
    }

    private synchronized void send(DeltaDiscoveryRequest.Builder request) {
        if (call != null && !closed) {
            call.sendMessage(request.build());
        }
    }

    private final class Listener extends ClientCall.Listener<DeltaDiscoveryResponse> {
        private final ClientCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> own;

        /** Whether the connection has come about: one that is late is tried again, as Envoy does. */
        private boolean reached;

        Listener(ClientCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> own) {
            this.own = own;
        }

        @Override
        public void onReady() {
            reached = true;
        }

        @Override
        public void onMessage(DeltaDiscoveryResponse response) {
            synchronized (MeshProxy.this) {
                if (own != call) {
                    return;
                }
                responses.incrementAndGet();
                failures = 0;
                if (connectedAt == 0) {
                    connectedAt = System.nanoTime();
                }
                try {
                    mesh.rules().judge(pod, response, has);
                    has.take(response).forEach(MeshProxy.this::send);
                    note(response);
                } catch (InvalidProtocolBufferException e) {
                    throw new IllegalStateException(e);
                }
                if (!stalled) {
                    own.request(1);
                }
            }
        }

        private void note(DeltaDiscoveryResponse response) {
            var now = System.nanoTime();
            bytes.addAndGet(response.getSerializedSize());
            if (response.getTypeUrl().equals(ResourceType.ENDPOINTS.typeUrl())) {
                endpointsAt = now;
            }
            if (completeAt == 0 && has.complete()) {
                completeAt = now;
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            synchronized (MeshProxy.this) {
                if (own != call || closed) {
                    return;
                }
                if (reached) {
                    lastEnd = status;
                    ends++;
                }
                call = null;
                channel.shutdownNow();
                if (stalled) {
                    return;
                }
                var limit = Math.min(MAX_BACKOFF_MILLIS, BACKOFF_MILLIS << Math.min(failures++, 10));
                var wait = RandomGenerator.getDefault().nextInt(limit);
                LOOPS.schedule(MeshProxy.this::connect, wait, TimeUnit.MILLISECONDS);
            }
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (channel != null) {
            channel.shutdownNow();
        }
    }
}
