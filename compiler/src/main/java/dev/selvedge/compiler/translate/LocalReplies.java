// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLogFilter;
import io.envoyproxy.envoy.config.accesslog.v3.ComparisonFilter;
import io.envoyproxy.envoy.config.accesslog.v3.StatusCodeFilter;
import io.envoyproxy.envoy.config.core.v3.RuntimeUInt32;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.LocalReplyConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.ResponseMapper;

/** Answers that a proxy gives itself. */
final class LocalReplies {
    private LocalReplies() {}

    /** A refused caller reads which rule refused it ({@code none}: an Allow was needed and none matched). */
    static LocalReplyConfig denials() {
        var forbidden = AccessLogFilter.newBuilder()
                .setStatusCodeFilter(StatusCodeFilter.newBuilder()
                        .setComparison(ComparisonFilter.newBuilder()
                                .setOp(ComparisonFilter.Op.EQ)
                                .setValue(RuntimeUInt32.newBuilder()
                                        .setDefaultValue(403)
                                        .setRuntimeKey("selvedge.local_reply.status"))));
        var body = Struct.newBuilder()
                .putFields("status", text("%RESPONSE_CODE%"))
                .putFields("error", text("denied by an authorization policy of the mesh"))
                .putFields("reason", text("%RESPONSE_CODE_DETAILS%"))
                .putFields("caller", text("%DOWNSTREAM_PEER_URI_SAN%"));
        return LocalReplyConfig.newBuilder()
                .addMappers(ResponseMapper.newBuilder()
                        .setFilter(forbidden)
                        .setBodyFormatOverride(
                                SubstitutionFormatString.newBuilder().setJsonFormat(body)))
                .build();
    }

    private static Value text(String value) {
        return Value.newBuilder().setStringValue(value).build();
    }
}
