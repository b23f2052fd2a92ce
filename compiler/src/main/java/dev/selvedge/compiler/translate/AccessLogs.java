// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.selvedge.compiler.resource.Pack;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLogFilter;
import io.envoyproxy.envoy.config.accesslog.v3.ComparisonFilter;
import io.envoyproxy.envoy.config.accesslog.v3.ExtensionFilter;
import io.envoyproxy.envoy.config.accesslog.v3.OrFilter;
import io.envoyproxy.envoy.config.accesslog.v3.ResponseFlagFilter;
import io.envoyproxy.envoy.config.accesslog.v3.StatusCodeFilter;
import io.envoyproxy.envoy.config.core.v3.RuntimeUInt32;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StdoutAccessLog;
import java.util.Map;
import java.util.TreeMap;

/** One JSON line on standard output for every call that failed: who, where to, why. */
final class AccessLogs {
    private static final Map<String, String> CONNECTION = Map.ofEntries(
            Map.entry("time", "%START_TIME%"),
            Map.entry("duration_ms", "%DURATION%"),
            Map.entry("source", "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%"),
            Map.entry("destination", "%DOWNSTREAM_LOCAL_ADDRESS%"),
            Map.entry("caller", "%DOWNSTREAM_PEER_URI_SAN%"),
            Map.entry("callee", "%UPSTREAM_PEER_URI_SAN%"),
            Map.entry("upstream_cluster", "%UPSTREAM_CLUSTER%"),
            Map.entry("upstream_host", "%UPSTREAM_HOST%"),
            Map.entry("upstream_failure", "%UPSTREAM_TRANSPORT_FAILURE_REASON%"),
            Map.entry("tls_failure", "%DOWNSTREAM_TRANSPORT_FAILURE_REASON%"),
            Map.entry("flags", "%RESPONSE_FLAGS%"),
            Map.entry("termination", "%CONNECTION_TERMINATION_DETAILS%"),
            Map.entry("bytes_received", "%BYTES_RECEIVED%"),
            Map.entry("bytes_sent", "%BYTES_SENT%"));

    /** The query of the path is left out: people put secrets there. */
    private static final Map<String, String> REQUEST = Map.ofEntries(
            Map.entry("method", "%REQ(:METHOD)%"),
            Map.entry("authority", "%REQ(:AUTHORITY)%"),
            Map.entry("path", "%PATH(NQ:PATH)%"),
            Map.entry("protocol", "%PROTOCOL%"),
            Map.entry("status", "%RESPONSE_CODE%"),
            Map.entry("details", "%RESPONSE_CODE_DETAILS%"),
            Map.entry("route", "%ROUTE_NAME%"),
            // How often this proxy sent it: more than once when it was tried again.
            Map.entry("attempts", "%UPSTREAM_REQUEST_ATTEMPT_COUNT%"),
            Map.entry("rate_limit", "%RESP(X-SELVEDGE-RATE-LIMIT)%"),
            Map.entry("request_id", "%REQ(X-REQUEST-ID)%"));

    private AccessLogs() {}

    /** Requests with a status of 400 or more, or that Envoy itself had to flag. */
    static AccessLog failedRequests(String direction) {
        var format = new TreeMap<>(CONNECTION);
        format.putAll(REQUEST);
        var errorStatus = AccessLogFilter.newBuilder()
                .setStatusCodeFilter(StatusCodeFilter.newBuilder()
                        .setComparison(ComparisonFilter.newBuilder()
                                .setOp(ComparisonFilter.Op.GE)
                                .setValue(RuntimeUInt32.newBuilder()
                                        .setDefaultValue(400)
                                        .setRuntimeKey("selvedge.access_log.min_status"))));
        return log(direction, format, errorStatus.build());
    }

    /** Connections that Envoy had to flag or to end, a refusal included. */
    static AccessLog failedConnections(String direction) {
        var ended = AccessLogFilter.newBuilder()
                .setExtensionFilter(ExtensionFilter.newBuilder()
                        .setName("envoy.access_loggers.extension_filters.cel")
                        .setTypedConfig(Pack.any(ExpressionFilter.newBuilder()
                                .setExpression("connection.termination_details != ''")
                                .build())));
        var format = new TreeMap<>(CONNECTION);
        format.put("authorization", "%FILTER_STATE(" + ConnectionGates.DECISION + ":PLAIN)%");
        return log(direction, format, ended.build());
    }

    private static AccessLog log(String direction, Map<String, String> format, AccessLogFilter filter) {
        var fields = Struct.newBuilder().putFields("direction", text(direction));
        format.forEach((key, value) -> fields.putFields(key, text(value)));
        var flagged = AccessLogFilter.newBuilder().setResponseFlagFilter(ResponseFlagFilter.getDefaultInstance());
        return AccessLog.newBuilder()
                .setName("envoy.access_loggers.stdout")
                .setFilter(AccessLogFilter.newBuilder()
                        .setOrFilter(OrFilter.newBuilder().addFilters(filter).addFilters(flagged)))
                .setTypedConfig(Pack.any(StdoutAccessLog.newBuilder()
                        .setLogFormat(SubstitutionFormatString.newBuilder()
                                .setJsonFormat(fields)
                                .setOmitEmptyValues(true))
                        .build()))
                .build();
    }

    private static Value text(String value) {
        return Value.newBuilder().setStringValue(value).build();
    }
}
