// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.Any;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.ProtoDuration;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.KeepaliveSettings;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.AutoHttpConfig;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig;

/** Which version of HTTP an endpoint is spoken to in. */
final class HttpOptions {
    static final String NAME = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

    /** What the client spoke. */
    static final Any SAME_AS_CLIENT = Pack.any(same(Http2ProtocolOptions.getDefaultInstance()));

    /**
     * A connection of HTTP/2 takes all requests to an endpoint, also when the endpoint's node has vanished: one that was
     * silent is asked for a sign of life before its next request, and closed when it gives none. While it is in use, and
     * while it is idle, nobody is asked: servers close a connection on which they are asked too often.
     */
    private static final HttpProtocolOptions POOL = same(Http2ProtocolOptions.newBuilder()
            .setConnectionKeepalive(KeepaliveSettings.newBuilder()
                    .setConnectionIdleInterval(ProtoDuration.ofSeconds(5))
                    .setTimeout(ProtoDuration.ofSeconds(10)))
            .build());

    /** What the client spoke, to the endpoints of a Service. */
    static final Any SERVICE = Pack.any(POOL);

    /** For the proxy's own calls by gRPC to the endpoints of a Service. */
    static final Any GRPC = Pack.any(HttpProtocolOptions.newBuilder()
            .setExplicitHttpConfig(ExplicitHttpConfig.newBuilder()
                    .setHttp2ProtocolOptions(
                            POOL.getUseDownstreamProtocolConfig().getHttp2ProtocolOptions()))
            .build());

    /** What the endpoint chooses in the TLS handshake. */
    static final Any NEGOTIATED = Pack.any(HttpProtocolOptions.newBuilder()
            .setAutoConfig(AutoHttpConfig.newBuilder()
                    .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance())
                    .setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance()))
            .build());

    private HttpOptions() {}

    /** {@link #SERVICE} with options that hold for every version. */
    static Any service(io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions common) {
        return Pack.any(POOL.toBuilder().setCommonHttpProtocolOptions(common).build());
    }

    private static HttpProtocolOptions same(Http2ProtocolOptions http2) {
        return HttpProtocolOptions.newBuilder()
                .setUseDownstreamProtocolConfig(UseDownstreamHttpConfig.newBuilder()
                        .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance())
                        .setHttp2ProtocolOptions(http2))
                .build();
    }
}
