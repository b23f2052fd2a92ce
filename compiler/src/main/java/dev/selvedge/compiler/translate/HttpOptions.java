// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.UInt32Value;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.policy.HttpFilters;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.ProtoDuration;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.KeepaliveSettings;
import io.envoyproxy.envoy.extensions.filters.http.header_mutation.v3.HeaderMutation;
import io.envoyproxy.envoy.extensions.filters.http.header_mutation.v3.Mutations;
import io.envoyproxy.envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.AutoHttpConfig;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig;
import java.util.Optional;

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

    private static final int MOST_STREAMS = 100;

    private static final int STREAM_WINDOW = 1024 * 1024;

    /**
     * Requests of many callers share a connection, and must not share their fate. What is HTTP/1.1 and not HTTP/2, such as
     * an empty Host header, fails alone. And all that may be on a connection has a window there: whoever does not read
     * holds nobody back, and takes no more memory than the buffer of a connection of its own.
     */
    static final Http2ProtocolOptions SHARED = Http2ProtocolOptions.newBuilder()
            .setInitialStreamWindowSize(UInt32Value.of(STREAM_WINDOW))
            .setInitialConnectionWindowSize(UInt32Value.of(MOST_STREAMS * STREAM_WINDOW))
            .setOverrideStreamErrorOnInvalidHttpMessage(BoolValue.of(true))
            .build();

    /**
     * HTTP/2 whatever the client spoke, which the server's proxy is told. The header comes with the cluster and not with
     * the routes, so that no request goes out on one without the other while both change.
     */
    private static final HttpProtocolOptions UPGRADED = HttpProtocolOptions.newBuilder()
            .setExplicitHttpConfig(ExplicitHttpConfig.newBuilder()
                    .setHttp2ProtocolOptions(http2(POOL).toBuilder()
                            .mergeFrom(SHARED)
                            .setMaxConcurrentStreams(UInt32Value.of(MOST_STREAMS))))
            .addHttpFilters(HttpFilters.on(
                    "envoy.filters.http.header_mutation",
                    Pack.any(HeaderMutation.newBuilder()
                            .setMutations(Mutations.newBuilder()
                                    .addRequestMutations(EarlyHeaders.set(ProxyPorts.PROTOCOL_HEADER, "%PROTOCOL%")))
                            .build())))
            .addHttpFilters(
                    HttpFilters.on("envoy.filters.http.upstream_codec", Pack.any(UpstreamCodec.getDefaultInstance())))
            .build();

    private static final Any SERVICE = Pack.any(POOL);

    private static final Any UPGRADED_SERVICE = Pack.any(UPGRADED);

    /** For the proxy's own calls by gRPC to the endpoints of a Service. */
    static final Any GRPC = Pack.any(HttpProtocolOptions.newBuilder()
            .setExplicitHttpConfig(ExplicitHttpConfig.newBuilder().setHttp2ProtocolOptions(http2(POOL)))
            .build());

    /** What the endpoint chooses in the TLS handshake. */
    static final Any NEGOTIATED = Pack.any(HttpProtocolOptions.newBuilder()
            .setAutoConfig(AutoHttpConfig.newBuilder()
                    .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance())
                    .setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance()))
            .build());

    private HttpOptions() {}

    /**
     * For the endpoints of a Service: what the client spoke, or HTTP/2.
     *
     * @param common options that hold for every version
     */
    static Any service(boolean upgraded, Optional<io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions> common) {
        return common.map(options -> Pack.any((upgraded ? UPGRADED : POOL)
                        .toBuilder().setCommonHttpProtocolOptions(options).build()))
                .orElse(upgraded ? UPGRADED_SERVICE : SERVICE);
    }

    private static Http2ProtocolOptions http2(HttpProtocolOptions options) {
        return options.getUseDownstreamProtocolConfig().getHttp2ProtocolOptions();
    }

    private static HttpProtocolOptions same(Http2ProtocolOptions http2) {
        return HttpProtocolOptions.newBuilder()
                .setUseDownstreamProtocolConfig(UseDownstreamHttpConfig.newBuilder()
                        .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance())
                        .setHttp2ProtocolOptions(http2))
                .build();
    }
}
