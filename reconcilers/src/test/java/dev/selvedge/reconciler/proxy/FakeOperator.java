// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.proxy;

import com.google.protobuf.Any;
import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.Issuer;
import dev.selvedge.reconciler.pki.KeyAndChain;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Serves delta ADS over TLS: no clusters, and the two listeners of a sidecar, once it is told to. */
final class FakeOperator extends AggregatedDiscoveryServiceImplBase implements ServerInterceptor, AutoCloseable {
    private static final String TYPES = "type.googleapis.com/envoy.config.";
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final Context.Key<String> CREDENTIAL = Context.key("credential");

    /** A stream of a proxy. */
    record Stream(String credential, String nodeId, StreamObserver<DeltaDiscoveryResponse> responses) {
        void end() {
            responses.onError(Status.UNAVAILABLE.asRuntimeException());
        }
    }

    private final Issuer issuer;
    private final Server server;
    private final List<Integer> listenerPorts;
    private final CompletableFuture<Void> configure = new CompletableFuture<>();
    private final BlockingQueue<Stream> streams = new LinkedBlockingQueue<>();

    FakeOperator(int port, String name, List<Integer> listenerPorts) throws IOException {
        this.listenerPorts = listenerPorts;
        var random = new SecureRandom();
        var authority = new Authority(Clock.systemUTC(), random);
        var anchor = authority.createAnchor("cluster.local", Duration.ofDays(1));
        issuer = new Issuer(
                authority.signIssuer(anchor, "cluster.local", Duration.ofDays(1)),
                anchor.chain(),
                Clock.systemUTC(),
                random);
        var serving = certificate(name);
        server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", port))
                .sslContext(GrpcSslContexts.forServer(bytes(serving.chainPem()), bytes(serving.keyPem()))
                        .protocols("TLSv1.3")
                        .build())
                .permitKeepAliveTime(20, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .addService(this)
                .intercept(this)
                .build()
                .start();
    }

    private static ByteArrayInputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
    }

    KeyAndChain certificate(String name) {
        return issuer.issueServing(List.of(name), Duration.ofHours(1));
    }

    String anchorPem() {
        return new KeyAndChain(certificate("x.svc").key(), issuer.anchors()).chainPem();
    }

    void configure() {
        configure.complete(null);
    }

    Stream nextStream(Duration patience) throws InterruptedException {
        var stream = streams.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        if (stream == null) {
            throw new AssertionError("no proxy came");
        }
        return stream;
    }

    boolean sawNobody() {
        return streams.isEmpty();
    }

    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
            StreamObserver<DeltaDiscoveryResponse> responses) {
        var credential = CREDENTIAL.get();
        return new StreamObserver<>() {
            private boolean first = true;

            @Override
            public void onNext(DeltaDiscoveryRequest request) {
                if (first) {
                    first = false;
                    streams.add(new Stream(credential, request.getNode().getId(), responses));
                }
                if (request.getResponseNonce().isEmpty()) {
                    configure.thenRun(() -> answer(request.getTypeUrl(), responses));
                }
            }

            @Override
            public void onError(Throwable broken) {}

            @Override
            public void onCompleted() {
                responses.onCompleted();
            }
        };
    }

    private synchronized void answer(String type, StreamObserver<DeltaDiscoveryResponse> responses) {
        var response = DeltaDiscoveryResponse.newBuilder()
                .setTypeUrl(type)
                .setNonce(type)
                .setSystemVersionInfo("1");
        if (type.equals(TYPES + "listener.v3.Listener")) {
            listenerPorts.forEach(port -> response.addResources(Resource.newBuilder()
                    .setName("listener-" + port)
                    .setVersion("1")
                    .setResource(Any.pack(listener(port)))));
        }
        responses.onNext(response.build());
    }

    private static Listener listener(int port) {
        return Listener.newBuilder()
                .setName("listener-" + port)
                .setAddress(Address.newBuilder()
                        .setSocketAddress(SocketAddress.newBuilder()
                                .setAddress("127.0.0.1")
                                .setPortValue(port)))
                .addFilterChains(FilterChain.newBuilder()
                        .addFilters(Filter.newBuilder()
                                .setName("tcp")
                                .setTypedConfig(Any.pack(TcpProxy.newBuilder()
                                        .setStatPrefix("tcp")
                                        .setCluster("nowhere")
                                        .build()))))
                .build();
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        var credential = headers.get(AUTHORIZATION);
        return Contexts.interceptCall(
                Context.current().withValue(CREDENTIAL, credential == null ? "" : credential), call, headers, next);
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
