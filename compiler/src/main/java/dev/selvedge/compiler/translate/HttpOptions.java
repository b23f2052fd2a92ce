// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.Any;
import dev.selvedge.compiler.resource.Pack;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.AutoHttpConfig;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig;

/** Which version of HTTP an endpoint is spoken to in. */
final class HttpOptions {
    static final String NAME = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

    private static final HttpProtocolOptions SAME = HttpProtocolOptions.newBuilder()
            .setUseDownstreamProtocolConfig(UseDownstreamHttpConfig.newBuilder()
                    .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance())
                    .setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance()))
            .build();

    /** What the client spoke. */
    static final Any SAME_AS_CLIENT = Pack.any(SAME);

    /** What the endpoint chooses in the TLS handshake. */
    static final Any NEGOTIATED = Pack.any(HttpProtocolOptions.newBuilder()
            .setAutoConfig(AutoHttpConfig.newBuilder()
                    .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance())
                    .setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance()))
            .build());

    private HttpOptions() {}

    /** What the client spoke, with options that hold for every version. */
    static Any sameAsClient(io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions common) {
        return Pack.any(SAME.toBuilder().setCommonHttpProtocolOptions(common).build());
    }
}
