// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

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
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One stream to the operator, as a proxy opens it, with whatever token and name the test likes. */
final class XdsStream implements AutoCloseable {
    private static final String SERVER = "selvedge.selvedge-system.svc";
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final int PATIENCE_SECONDS = 30;

    private final ManagedChannel channel;
    private final ClientCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> call;
    private final BlockingQueue<DeltaDiscoveryResponse> responses = new LinkedBlockingQueue<>();
    private final CompletableFuture<Status> closed = new CompletableFuture<>();

    /**
     * @param port of this machine, that leads to the operator
     * @param anchors whom to believe, as PEM
     * @param token empty for none
     */
    XdsStream(int port, String anchors, String token) throws IOException {
        channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .overrideAuthority(SERVER)
                .sslContext(GrpcSslContexts.forClient()
                        .trustManager(new ByteArrayInputStream(anchors.getBytes(StandardCharsets.US_ASCII)))
                        .protocols("TLSv1.3")
                        .build())
                .build();
        call = channel.newCall(AggregatedDiscoveryServiceGrpc.getDeltaAggregatedResourcesMethod(), CallOptions.DEFAULT);
        Metadata headers = new Metadata();
        if (!token.isEmpty()) {
            headers.put(AUTHORIZATION, "Bearer " + token);
        }
        call.start(new Listener(), headers);
        call.request(1);
    }

    private final class Listener extends ClientCall.Listener<DeltaDiscoveryResponse> {
        @Override
        public void onMessage(DeltaDiscoveryResponse message) {
            responses.add(message);
            call.request(1);
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            closed.complete(status);
        }
    }

    /** Asks for resources of a type by name, and says which node asks. */
    XdsStream ask(String node, String type, String... names) {
        call.sendMessage(DeltaDiscoveryRequest.newBuilder()
                .setNode(Node.newBuilder().setId(node))
                .setTypeUrl("type.googleapis.com/" + type)
                .addAllResourceNamesSubscribe(List.of(names))
                .build());
        return this;
    }

    /** The next answer. */
    DeltaDiscoveryResponse answer() throws InterruptedException {
        DeltaDiscoveryResponse response = responses.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (response == null) {
            throw new AssertionError("no answer; the stream is " + (closed.isDone() ? closed.join() : "open"));
        }
        return response;
    }

    /** How the operator ended the stream. */
    Status end() throws InterruptedException, ExecutionException, TimeoutException {
        return closed.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
