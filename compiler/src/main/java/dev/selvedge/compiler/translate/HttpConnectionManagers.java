// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.BoolValue;
import com.google.protobuf.UInt32Value;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.policy.HttpFilters;
import dev.selvedge.compiler.policy.authorization.AuthorizationFilters;
import dev.selvedge.compiler.policy.cors.RouteCors;
import dev.selvedge.compiler.policy.fault.FaultFilter;
import dev.selvedge.compiler.policy.ratelimit.GlobalRateLimits;
import dev.selvedge.compiler.policy.ratelimit.RateLimitFilters;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.ProtoDuration;
import dev.selvedge.compiler.resource.ResourceName;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.SchemeHeaderTransformation;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.Cors;
import io.envoyproxy.envoy.extensions.filters.http.on_demand.v3.OnDemand;
import io.envoyproxy.envoy.extensions.filters.http.on_demand.v3.OnDemandCds;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ForwardClientCertDetails;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ServerHeaderTransformation;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.SetCurrentClientCertDetails;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import java.util.List;

/** HTTP at a sidecar's two sides and at a gateway. */
final class HttpConnectionManagers {
    /** How long a request without data is kept, unless a policy says otherwise; enforced at the client's proxy. */
    private static final int STREAM_IDLE_SECONDS = 300;

    /** The age at which a connection is replaced, so that a change of trust reaches every one. */
    private static final int CONNECTION_AGE_SECONDS = 3600;

    /** A WebSocket that the client's proxy carries over HTTP/2 comes as a CONNECT (RFC 8441). */
    private static final Http2ProtocolOptions FROM_PROXIES =
            HttpOptions.SHARED.toBuilder().setAllowConnect(true).build();

    private HttpConnectionManagers() {}

    /** Requests of the pod: the address that was called chooses the routes. */
    static Filter outbound() {
        return filter(defaults("outbound")
                .setScopedRoutes(Scopes.byDestination())
                .addEarlyHeaderMutationExtensions(
                        EarlyHeaders.removeAndSet(ProxyPorts.DESTINATION_HEADER, "%DOWNSTREAM_LOCAL_ADDRESS%"))
                .setStreamIdleTimeout(ProtoDuration.ofSeconds(STREAM_IDLE_SECONDS))
                // Routes are fetched first: the filters after this one read what the route says.
                .addHttpFilters(HttpFilters.on("envoy.filters.http.on_demand", Pack.any(OnDemand.getDefaultInstance())))
                .addHttpFilters(HttpFilters.on(RouteCors.FILTER, Pack.any(Cors.getDefaultInstance())))
                .addHttpFilters(router()));
    }

    /** Requests of the pod to hosts outside of the cluster: the Host header chooses, the client's address does not. */
    static Filter external(int port) {
        return filter(defaults("outbound")
                .setRds(routes(ResourceName.externalRoute(port)))
                .addEarlyHeaderMutationExtensions(EarlyHeaders.remove())
                .setSchemeHeaderTransformation(
                        SchemeHeaderTransformation.newBuilder().setMatchUpstream(true))
                .setStreamIdleTimeout(ProtoDuration.ofSeconds(STREAM_IDLE_SECONDS))
                .addHttpFilters(HttpFilters.on(
                        "envoy.filters.http.on_demand",
                        Pack.any(OnDemand.newBuilder()
                                .setOdcds(OnDemandCds.newBuilder()
                                        .setSource(ConfigSources.ads())
                                        .setTimeout(ConfigSources.ON_DEMAND))
                                .build())))
                .addHttpFilters(router()));
    }

    /**
     * Requests to the pod. Idle streams are the client's proxy's business, which knows what the service allows. The rules
     * come with the routes: a change of them holds from the next request on, also on connections that are open.
     *
     * <p>First whether a caller may call: one who may not takes nothing from a rate limit. Then the rate limits, so that a
     * request too many does not wait for the delay of a fault. The faults last: they stand for the application.
     *
     * @param identified callers prove who they are
     */
    static Filter inbound(boolean identified, WorkloadView workload) {
        var manager = defaults("inbound")
                .setRds(routes(identified ? ResourceName.INBOUND_MTLS : ResourceName.INBOUND_PLAINTEXT))
                .addEarlyHeaderMutationExtensions(EarlyHeaders.ofCallers())
                .setStreamIdleTimeout(ProtoDuration.ZERO)
                .setCommonHttpProtocolOptions(HttpProtocolOptions.newBuilder()
                        .setMaxConnectionDuration(ProtoDuration.ofSeconds(CONNECTION_AGE_SECONDS)))
                .setHttp1SafeMaxConnectionDuration(true)
                .setLocalReplyConfig(LocalReplies.refusals())
                .addAllHttpFilters(AuthorizationFilters.http())
                .addAllHttpFilters(RateLimitFilters.http(workload.mostLimits()))
                .addAllHttpFilters(
                        workload.rateLimits().map(GlobalRateLimits::http).orElse(List.of()))
                .addHttpFilters(FaultFilter.http())
                .addHttpFilters(router());
        if (identified) {
            manager.setForwardClientCertDetails(ForwardClientCertDetails.SANITIZE_SET)
                    .setSetCurrentClientCertDetails(
                            SetCurrentClientCertDetails.newBuilder().setUri(true))
                    .setHttp2ProtocolOptions(FROM_PROXIES);
        }
        return filter(manager);
    }

    /** Requests from outside: nothing they say about where they come from is believed, and nobody may be slow. */
    static Filter gateway(String routes) {
        return filter(defaults("gateway")
                .setRds(routes(routes))
                .addEarlyHeaderMutationExtensions(EarlyHeaders.remove())
                .setUseRemoteAddress(BoolValue.of(true))
                .setXffNumTrustedHops(0)
                .setRequestHeadersTimeout(ProtoDuration.ofSeconds(10))
                .setStreamIdleTimeout(ProtoDuration.ofSeconds(STREAM_IDLE_SECONDS))
                .setCommonHttpProtocolOptions(HttpProtocolOptions.newBuilder()
                        .setHeadersWithUnderscoresAction(
                                HttpProtocolOptions.HeadersWithUnderscoresAction.REJECT_REQUEST))
                .setHttp2ProtocolOptions(Http2ProtocolOptions.newBuilder()
                        .setMaxConcurrentStreams(UInt32Value.of(100))
                        .setInitialStreamWindowSize(UInt32Value.of(64 * 1024))
                        .setInitialConnectionWindowSize(UInt32Value.of(1024 * 1024)))
                .addHttpFilters(HttpFilters.on(RouteCors.FILTER, Pack.any(Cors.getDefaultInstance())))
                .addHttpFilters(router()));
    }

    /**
     * Escaped slashes are kept: applications use them in names, and rules about paths treat them as ambiguous.
     * Requests between proxies keep the address and the headers that the first hop gave them.
     */
    private static HttpConnectionManager.Builder defaults(String direction) {
        return HttpConnectionManager.newBuilder()
                .setStatPrefix(direction + "_http")
                .setCodecType(HttpConnectionManager.CodecType.AUTO)
                .setHttpProtocolOptions(Http1ProtocolOptions.newBuilder().setAcceptHttp10(true))
                .setUseRemoteAddress(BoolValue.of(false))
                .setNormalizePath(BoolValue.of(true))
                .setMergeSlashes(true)
                .setPathWithEscapedSlashesAction(HttpConnectionManager.PathWithEscapedSlashesAction.KEEP_UNCHANGED)
                .setServerHeaderTransformation(ServerHeaderTransformation.PASS_THROUGH)
                .setForwardClientCertDetails(ForwardClientCertDetails.SANITIZE)
                .addUpgradeConfigs(UpgradeConfig.newBuilder().setUpgradeType("websocket"))
                .addAccessLog(AccessLogs.failedRequests(direction));
    }

    private static Rds routes(String name) {
        return Rds.newBuilder()
                .setRouteConfigName(name)
                .setConfigSource(ConfigSources.ads())
                .build();
    }

    private static HttpFilter router() {
        return HttpFilters.on(
                "envoy.filters.http.router",
                Pack.any(Router.newBuilder().setSuppressEnvoyHeaders(true).build()));
    }

    private static Filter filter(HttpConnectionManager.Builder manager) {
        return Filter.newBuilder()
                .setName("envoy.filters.network.http_connection_manager")
                .setTypedConfig(Pack.any(manager.build()))
                .build();
    }
}
