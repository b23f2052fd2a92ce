// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.compiler.resource.ResourceType;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A delta xDS client over real TLS that does exactly what a test tells it. */
final class XdsClient implements AutoCloseable {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private final ManagedChannel channel;
    private final ClientCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> call;
    private final BlockingQueue<DeltaDiscoveryResponse> responses = new LinkedBlockingQueue<>();
    private final CompletableFuture<Status> closed = new CompletableFuture<>();
    private final boolean reading;

    /** @param token null for none */
    XdsClient(int port, List<X509Certificate> anchors, @Nullable String token) throws IOException {
        this(port, anchors, token, true);
    }

    /** @param reading false for a client that takes a response off the wire only when it is asked for it */
    XdsClient(int port, List<X509Certificate> anchors, @Nullable String token, boolean reading) throws IOException {
        this.reading = reading;
        var tls = GrpcSslContexts.forClient()
                .trustManager(anchors.toArray(X509Certificate[]::new))
                .protocols("TLSv1.3")
                .build();
        channel = NettyChannelBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .overrideAuthority(XdsFixture.SERVER_NAME)
                .sslContext(tls)
                .maxInboundMessageSize(64 << 20)
                .flowControlWindow(64 << 10)
                .build();
        call = channel.newCall(AggregatedDiscoveryServiceGrpc.getDeltaAggregatedResourcesMethod(), CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(DeltaDiscoveryResponse message) {
                        responses.add(message);
                        if (reading) {
                            call.request(1);
                        }
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        closed.complete(status);
                    }
                },
                headers(token));
        if (reading) {
            call.request(1);
        }
    }

    /** @param token null for none */
    static Metadata headers(@Nullable String token) {
        var headers = new Metadata();
        if (token != null) {
            headers.put(AUTHORIZATION, "Bearer " + token);
        }
        return headers;
    }

    /** Another call on the same connection. */
    <Q, A> ClientCall<Q, A> call(MethodDescriptor<Q, A> method, CallOptions options) {
        return channel.newCall(method, options);
    }

    static XdsClient of(XdsFixture fixture, @Nullable String token) throws IOException {
        return new XdsClient(fixture.port(), fixture.anchors(), token);
    }

    void send(DeltaDiscoveryRequest.Builder request) {
        call.sendMessage(request.build());
    }

    XdsClient subscribe(ResourceType type, String... names) {
        send(request(type).addAllResourceNamesSubscribe(List.of(names)));
        return this;
    }

    XdsClient resume(ResourceType type, Map<String, String> versions, String... names) {
        send(request(type).addAllResourceNamesSubscribe(List.of(names)).putAllInitialResourceVersions(versions));
        return this;
    }

    private static DeltaDiscoveryRequest.Builder request(ResourceType type) {
        return DeltaDiscoveryRequest.newBuilder()
                .setNode(Node.newBuilder().setId("another/pod"))
                .setTypeUrl(type.typeUrl());
    }

    /** The next response, not yet answered. */
    DeltaDiscoveryResponse next() throws InterruptedException {
        if (!reading) {
            call.request(1);
        }
        var response = responses.poll(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
        if (response == null) {
            throw new AssertionError("no response; the stream is " + (closed.isDone() ? closed.join() : "open"));
        }
        return response;
    }

    /** Takes a response off the wire, if there is one. */
    void read() {
        call.request(1);
    }

    /** The next response, acknowledged, as {@code TYPE name@version -removed}. */
    String take() throws InterruptedException {
        var response = next();
        ack(response);
        return text(response);
    }

    static String text(DeltaDiscoveryResponse response) {
        var type = ResourceType.ofTypeUrl(response.getTypeUrl()).orElseThrow();
        return Stream.of(
                        Stream.of(type.name()),
                        response.getResourcesList().stream()
                                .map(each -> each.getName() + "@" + each.getVersion())
                                .sorted(),
                        response.getRemovedResourcesList().stream()
                                .map(each -> "-" + each)
                                .sorted())
                .flatMap(each -> each)
                .collect(Collectors.joining(" "));
    }

    void ack(DeltaDiscoveryResponse response) {
        send(DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(response.getTypeUrl())
                .setResponseNonce(response.getNonce()));
    }

    void nack(DeltaDiscoveryResponse response, String message) {
        send(DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(response.getTypeUrl())
                .setResponseNonce(response.getNonce())
                .setErrorDetail(com.google.rpc.Status.newBuilder().setCode(13).setMessage(message)));
    }

    /** Everything that was sent before this point, acknowledged: asks for something that does not exist. */
    List<String> drain() throws InterruptedException {
        // Routes go out last; one that does not exist is answered with an empty one.
        subscribe(ResourceType.ROUTE, "fence");
        var lines = new java.util.ArrayList<String>();
        for (var line = take(); !line.equals("ROUTE fence@none"); line = take()) {
            lines.add(line);
        }
        return lines;
    }

    Resource secret(String name) throws InterruptedException {
        subscribe(ResourceType.SECRET, name);
        var response = next();
        ack(response);
        return response.getResources(0);
    }

    /** How the server ended the stream. */
    Status closed() throws Exception {
        return closed.get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }

    boolean isOpen() {
        return !closed.isDone();
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
