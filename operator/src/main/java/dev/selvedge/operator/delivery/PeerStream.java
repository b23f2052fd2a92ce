// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import com.google.protobuf.Empty;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;

/** One attempt to listen to another replica; over when it fails. */
final class PeerStream implements AutoCloseable {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final int MAX_SUMMARY_BYTES = 64 << 20;

    private final ManagedChannel channel;

    /** @param ended called once, unless the stream was closed from here */
    PeerStream(
            InetSocketAddress address,
            PeerCredentials credentials,
            Consumer<SummaryChange> heard,
            Consumer<Throwable> ended) {
        channel = channel(address, credentials);
        var headers = new Metadata();
        headers.put(AUTHORIZATION, "Bearer " + credentials.token());
        var call = ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers))
                .newCall(PeerProtocol.WATCH, CallOptions.DEFAULT);
        ClientCalls.asyncServerStreamingCall(call, Empty.getDefaultInstance(), new StreamObserver<>() {
            @Override
            public void onNext(SummaryChange change) {
                heard.accept(change);
            }

            @Override
            public void onError(Throwable failure) {
                ended.accept(failure);
            }

            @Override
            public void onCompleted() {
                ended.accept(new IOException("the replica ended the stream"));
            }
        });
    }

    private static ManagedChannel channel(InetSocketAddress address, PeerCredentials credentials) {
        try {
            var tls = GrpcSslContexts.forClient()
                    .trustManager(credentials.anchors().toArray(X509Certificate[]::new))
                    .protocols("TLSv1.3")
                    .build();
            return NettyChannelBuilder.forAddress(address)
                    .overrideAuthority(credentials.serverName())
                    .sslContext(tls)
                    .keepAliveTime(20, TimeUnit.SECONDS)
                    .maxInboundMessageSize(MAX_SUMMARY_BYTES)
                    .build();
        } catch (SSLException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
