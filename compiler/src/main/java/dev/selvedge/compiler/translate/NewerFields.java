// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.envoyproxy.envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue;
import java.util.List;

/**
 * Fields of Envoy 1.40 that our library of its messages, which is older, does not name. They are written by their
 * numbers; InboundTest sees that Envoy takes and obeys them.
 */
final class NewerFields {
    private static final int CONFIG_ON_DOWNSTREAM_TLS_HANDSHAKE = 2;
    private static final int TCP_PROXY_UPSTREAM_CONNECT_MODE = 21;
    private static final int TCP_PROXY_MAX_EARLY_DATA_BYTES = 22;
    private static final int ON_DOWNSTREAM_TLS_HANDSHAKE = 2;

    private static final int ROUTE_CONFIGURATION_VHOST_HEADER = 18;

    private NewerFields() {}

    /** {@code RouteConfiguration}: the header, instead of the request's Host, that chooses the virtual host. */
    static UnknownFieldSet virtualHostByHeader(String name) {
        return UnknownFieldSet.newBuilder()
                .addField(
                        ROUTE_CONFIGURATION_VHOST_HEADER,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(ByteString.copyFromUtf8(name))
                                .build())
                .build();
    }

    /** {@code set_filter_state.Config}: values that are set when the caller has proved who it is. */
    static UnknownFieldSet onDownstreamTlsHandshake(List<FilterStateValue> values) {
        var field = UnknownFieldSet.Field.newBuilder();
        values.forEach(value -> field.addLengthDelimited(value.toByteString()));
        return UnknownFieldSet.newBuilder()
                .addField(CONFIG_ON_DOWNSTREAM_TLS_HANDSHAKE, field.build())
                .build();
    }

    /** {@code TcpProxy}: connects when the caller has proved who it is; until then nothing of what it sends is read. */
    static UnknownFieldSet connectAfterTlsHandshake() {
        var zero = ByteString.EMPTY;
        return UnknownFieldSet.newBuilder()
                .addField(
                        TCP_PROXY_UPSTREAM_CONNECT_MODE,
                        UnknownFieldSet.Field.newBuilder()
                                .addVarint(ON_DOWNSTREAM_TLS_HANDSHAKE)
                                .build())
                .addField(
                        TCP_PROXY_MAX_EARLY_DATA_BYTES,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(zero)
                                .build())
                .build();
    }
}
