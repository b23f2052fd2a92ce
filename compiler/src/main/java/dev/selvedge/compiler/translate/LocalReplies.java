// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.selvedge.compiler.model.ProxyPorts;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLogFilter;
import io.envoyproxy.envoy.config.accesslog.v3.ComparisonFilter;
import io.envoyproxy.envoy.config.accesslog.v3.ResponseFlagFilter;
import io.envoyproxy.envoy.config.accesslog.v3.StatusCodeFilter;
import io.envoyproxy.envoy.config.core.v3.RuntimeUInt32;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.LocalReplyConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.ResponseMapper;

/** Answers that a proxy gives itself. */
final class LocalReplies {
    private static final String FAULT_INJECTED = "FI";

    private LocalReplies() {}

    /**
     * Who is refused reads by what: the authorization rule ({@code none}: an Allow was needed and none matched), the rate
     * limit, or the fault, which comes first since it may answer with any status.
     */
    static LocalReplyConfig refusals() {
        var injected = AccessLogFilter.newBuilder()
                .setResponseFlagFilter(ResponseFlagFilter.newBuilder().addFlags(FAULT_INJECTED));
        return LocalReplyConfig.newBuilder()
                .addMappers(reply(injected, "injected by a fault of a traffic policy", "%ROUTE_NAME%"))
                .addMappers(
                        reply(status(403), "denied by an authorization policy of the mesh", "%RESPONSE_CODE_DETAILS%"))
                .addMappers(reply(
                        status(429),
                        "more requests than a rate limit of a traffic policy allows",
                        "%RESP(" + ProxyPorts.RATE_LIMIT_HEADER + ")%"))
                .build();
    }

    private static AccessLogFilter.Builder status(int status) {
        return AccessLogFilter.newBuilder()
                .setStatusCodeFilter(StatusCodeFilter.newBuilder()
                        .setComparison(ComparisonFilter.newBuilder()
                                .setOp(ComparisonFilter.Op.EQ)
                                .setValue(RuntimeUInt32.newBuilder()
                                        .setDefaultValue(status)
                                        .setRuntimeKey("selvedge.local_reply." + status))));
    }

    private static ResponseMapper reply(AccessLogFilter.Builder filter, String error, String reason) {
        var body = Struct.newBuilder()
                .putFields("status", text("%RESPONSE_CODE%"))
                .putFields("error", text(error))
                .putFields("reason", text(reason))
                .putFields("caller", text("%DOWNSTREAM_PEER_URI_SAN%"));
        return ResponseMapper.newBuilder()
                .setFilter(filter)
                .setBodyFormatOverride(SubstitutionFormatString.newBuilder().setJsonFormat(body))
                .build();
    }

    private static Value text(String value) {
        return Value.newBuilder().setStringValue(value).build();
    }
}
