// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import com.google.protobuf.StringValue;
import com.google.protobuf.UInt32Value;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A server of gRPC that says its name, and by the health checking protocol of gRPC whether it serves. The messages of that
 * protocol have one field, which on the wire is that of a wrapper: the service that is asked about, and the status.
 */
final class GrpcApplication implements AutoCloseable {
    private static final UInt32Value SERVING = UInt32Value.of(1);
    private static final UInt32Value NOT_SERVING = UInt32Value.of(2);

    private static final MethodDescriptor<StringValue, UInt32Value> CHECK =
            method("grpc.health.v1.Health", "Check", UInt32Value.getDefaultInstance());
    private static final MethodDescriptor<StringValue, StringValue> NAME =
            method("test.Who", "Name", StringValue.getDefaultInstance());

    private final Set<String> asked = ConcurrentHashMap.newKeySet();
    private final Server server;
    private volatile boolean serving;

    GrpcApplication(String name, boolean serving) throws IOException {
        this.serving = serving;
        server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .addService(ServerServiceDefinition.builder("grpc.health.v1.Health")
                        .addMethod(CHECK, ServerCalls.asyncUnaryCall((service, answer) -> {
                            asked.add(service.getValue());
                            answer.onNext(this.serving ? SERVING : NOT_SERVING);
                            answer.onCompleted();
                        }))
                        .build())
                .addService(ServerServiceDefinition.builder("test.Who")
                        .addMethod(NAME, ServerCalls.asyncUnaryCall((_, answer) -> {
                            answer.onNext(StringValue.of(name));
                            answer.onCompleted();
                        }))
                        .build())
                .build()
                .start();
    }

    int port() {
        return server.getPort();
    }

    /** About which services somebody asked whether they serve. */
    Set<String> asked() {
        return asked;
    }

    void serving(boolean now) {
        serving = now;
    }

    /** The name of the server that answers at that port. */
    static String name(int port) {
        var channel =
                NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
        try {
            return ClientCalls.blockingUnaryCall(
                            channel,
                            NAME,
                            CallOptions.DEFAULT.withDeadlineAfter(5, TimeUnit.SECONDS),
                            StringValue.getDefaultInstance())
                    .getValue();
        } finally {
            channel.shutdownNow();
        }
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private static <T extends com.google.protobuf.Message> MethodDescriptor<StringValue, T> method(
            String service, String name, T answer) {
        return MethodDescriptor.<StringValue, T>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(service, name))
                .setRequestMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                .setResponseMarshaller(ProtoUtils.marshaller(answer))
                .build();
    }
}
