// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.Empty;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** How replicas talk: one method, which gives a replica's {@link Summary} now and whenever it changes. */
final class PeerProtocol {
    static final String SERVICE = "selvedge.delivery.v1.Delivery";

    /** Replicas of two versions meet in an upgrade: what one does not know it leaves out. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    static final MethodDescriptor<Empty, Summary> WATCH = MethodDescriptor.<Empty, Summary>newBuilder()
            .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
            .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "Watch"))
            .setRequestMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
            .setResponseMarshaller(new Marshaller())
            .build();

    private PeerProtocol() {}

    private static final class Marshaller implements MethodDescriptor.Marshaller<Summary> {
        @Override
        public InputStream stream(Summary summary) {
            try {
                return new ByteArrayInputStream(JSON.writeValueAsBytes(summary));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public Summary parse(InputStream stream) {
            try {
                return JSON.readValue(stream, Summary.class);
            } catch (IOException e) {
                throw Status.INTERNAL
                        .withDescription("a summary that cannot be read")
                        .withCause(e)
                        .asRuntimeException();
            }
        }
    }
}
