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

/** How replicas talk: one method, which gives a replica's {@link Summary} and then its changes. */
final class PeerProtocol {
    static final String SERVICE = "selvedge.delivery.v1.Delivery";

    /** Replicas of two versions meet in an upgrade: what one does not know it leaves out. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    static final MethodDescriptor<Empty, SummaryChange> WATCH = MethodDescriptor.<Empty, SummaryChange>newBuilder()
            .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
            .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "Watch"))
            .setRequestMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
            .setResponseMarshaller(new Marshaller())
            .build();

    private PeerProtocol() {}

    private static final class Marshaller implements MethodDescriptor.Marshaller<SummaryChange> {
        @Override
        public InputStream stream(SummaryChange change) {
            try {
                return new ByteArrayInputStream(JSON.writeValueAsBytes(change));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public SummaryChange parse(InputStream stream) {
            try {
                return JSON.readValue(stream, SummaryChange.class);
            } catch (IOException e) {
                throw Status.INTERNAL
                        .withDescription("a summary that cannot be read")
                        .withCause(e)
                        .asRuntimeException();
            }
        }
    }
}
