// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Connections from the client's proxy to the pods. Absent fields are not set by the policy. */
@ApiObject
@ValidationRule(
        value = "has(self.connectTimeout) || has(self.idle) || has(self.lifetime) || has(self.maxRequests)"
                + " || has(self.keepAlive) || has(self.upgrade)",
        message = "sets nothing: give connectTimeout, idle, lifetime, maxRequests, keepAlive or upgrade")
@ValidationRule(
        value = "!has(self.connectTimeout) || duration(self.connectTimeout) >= duration('1ms')",
        fieldPath = ".connectTimeout",
        message = "must be at least 1ms")
public record Connections(
        @Pattern(GatewayDuration.PATTERN)
        @Size(max = 32)
        @JsonPropertyDescription(
                "How long a connection may take to be made. A duration such as 500ms, at least 1ms. Default: 2s.")
        @Enforced("Cluster.connect_timeout")
        @Nullable
        String connectTimeout,

        @Pattern(GatewayDuration.PATTERN)
        @Size(max = 32)
        @JsonPropertyDescription("How long an HTTP connection without requests is kept; for connections that are passed"
                + " through see timeouts.idle. A duration such as 10m; 0s for no limit. Default: 1h.")
        @Enforced("Cluster.typed_extension_protocol_options: common_http_protocol_options.idle_timeout")
        @Nullable
        String idle,

        @Pattern(GatewayDuration.PATTERN)
        @Size(max = 32)
        @JsonPropertyDescription("The age at which a connection ends: an HTTP connection takes no new requests and ends"
                + " with its last one; a connection of a port that is declared TCP or TLS is cut. A duration such as"
                + " 30m; 0s for no limit. Default: no limit of the client's proxy; the server's proxy renews HTTP"
                + " connections after 1h.")
        @Enforced("Cluster.typed_extension_protocol_options: common_http_protocol_options.max_connection_duration;"
                + " Listener: tcp_proxy.max_downstream_connection_duration")
        @Nullable
        String lifetime,

        @Min(1)
        @Max(1_000_000)
        @JsonPropertyDescription(
                "After how many requests an HTTP connection is replaced, 1 to 1000000; 1 for a connection"
                        + " for each request. Default: no limit.")
        @Enforced("Cluster.typed_extension_protocol_options:"
                + " common_http_protocol_options.max_requests_per_connection")
        @Nullable
        Integer maxRequests,

        @JsonPropertyDescription("Finds out about peers that are gone, by TCP keep-alive. Default: 60s, 15s and 4 for"
                + " connections that are passed through, none for HTTP.")
        @Nullable
        KeepAlive keepAlive,

        @JsonPropertyDescription(
                "The version of HTTP between the client's proxy and the pods' proxies. None: the one that"
                        + " the client chose. HTTP2: HTTP/2 over mTLS, so that requests share a connection; the application gets"
                        + " the version that the client chose. It holds where every endpoint has a proxy of the mesh, and"
                        + " Accepted says where not. Default: None.")
        @Enforced("Cluster.typed_extension_protocol_options: explicit_http_config.http2_protocol_options, http_filters")
        @Nullable
        Upgrade upgrade) {

    /** What becomes of HTTP/1.1 between proxies. */
    public enum Upgrade {
        @JsonProperty("None")
        NONE,
        @JsonProperty("HTTP2")
        HTTP2
    }

    /** TCP keep-alive. */
    @ApiObject
    @ValidationRule(
            value = "duration(self.time) >= duration('1s')",
            fieldPath = ".time",
            message = "must be at least 1s")
    @ValidationRule(
            value = "duration(self.interval) >= duration('1s')",
            fieldPath = ".interval",
            message = "must be at least 1s")
    public record KeepAlive(
            @Default("60s")
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription(
                    "How long a connection is silent before the first probe. A duration of whole seconds,"
                            + " at least 1s; parts of a second are cut off. Default: 60s.")
            @Enforced("Cluster.upstream_connection_options.tcp_keepalive.keepalive_time")
            String time,

            @Default("15s")
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription(
                    "Between probes. A duration of whole seconds, at least 1s; parts of a second are cut"
                            + " off. Default: 15s.")
            @Enforced("Cluster.upstream_connection_options.tcp_keepalive.keepalive_interval")
            String interval,

            @Default("4")
            @Min(1)
            @Max(100)
            @JsonPropertyDescription(
                    "After how many probes without an answer the connection is taken for dead, 1 to 100. Default: 4.")
            @Enforced("Cluster.upstream_connection_options.tcp_keepalive.keepalive_probes")
            Integer probes) {
        public KeepAlive {
            time = requireNonNullElse(time, "60s");
            interval = requireNonNullElse(interval, "15s");
            probes = requireNonNullElse(probes, 4);
        }
    }
}
