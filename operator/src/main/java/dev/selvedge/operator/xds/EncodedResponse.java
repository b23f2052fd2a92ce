// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import com.google.protobuf.ByteString;
import dev.selvedge.operator.compile.Served;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The bytes of a {@link DeltaDiscoveryResponse}: what is this response's own, and each resource as it was encoded once
 * for all proxies. Fields may come in any order (protobuf's encoding), so the resources follow the rest.
 */
record EncodedResponse(ByteString head, List<ByteString> resources, int size) {
    static EncodedResponse of(Response response) {
        var head = DeltaDiscoveryResponse.newBuilder()
                .setTypeUrl(response.type().typeUrl())
                .setNonce(response.nonce())
                .addAllRemovedResources(response.removed())
                .build()
                .toByteString();
        var resources = new ArrayList<ByteString>(response.resources().size());
        var size = head.size();
        for (var served : response.resources()) {
            var wire = sendable(served);
            resources.add(wire);
            size += wire.size();
        }
        return new EncodedResponse(head, resources, size);
    }

    private static ByteString sendable(Served served) {
        return Objects.requireNonNull(served.wire(), "a resource that cannot be made again was to be sent");
    }

    /** Writes responses; the server never reads one. */
    static final class Marshaller implements MethodDescriptor.Marshaller<EncodedResponse> {
        @Override
        public InputStream stream(EncodedResponse response) {
            return new Bytes(response);
        }

        @Override
        public EncodedResponse parse(InputStream stream) {
            throw new UnsupportedOperationException("responses are only written");
        }
    }

    /** Hands the bytes over as they are; gRPC takes a {@link Drainable} without reading it as a stream. */
    private static final class Bytes extends InputStream implements Drainable, KnownLength {
        private final EncodedResponse response;

        Bytes(EncodedResponse response) {
            this.response = response;
        }

        @Override
        public int drainTo(OutputStream target) throws IOException {
            response.head.writeTo(target);
            for (var resource : response.resources) {
                resource.writeTo(target);
            }
            return response.size;
        }

        @Override
        public int available() {
            return response.size;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException("drained, not read");
        }
    }
}
