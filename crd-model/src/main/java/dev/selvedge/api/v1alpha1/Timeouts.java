// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Absent fields are not set by the policy; zero switches a timeout off. Enforced at the client's proxy. */
@ApiObject
@ValidationRule(
        value = "has(self.request) || has(self.perTry) || has(self.idle) || has(self.stream)",
        message = "sets nothing: give request, perTry, idle or stream")
@ValidationRule(
        value = "!has(self.perTry) || !has(self.request) || duration(self.request) == duration('0s')"
                + " || duration(self.perTry) <= duration(self.request)",
        fieldPath = ".perTry",
        message = "must not be longer than request, which includes all tries")
public record Timeouts(
        @Pattern(GatewayDuration.PATTERN)
        @Size(max = 32)
        @JsonPropertyDescription("From the end of the request until the end of the answer, all tries together."
                + " A duration such as 10s; 0s for no limit. Default: no limit.")
        @Enforced("RouteConfiguration.virtual_hosts.routes.route.timeout")
        @Nullable
        String request,

        @Pattern(GatewayDuration.PATTERN)
        @Size(max = 32)
        @JsonPropertyDescription("The same for one try. A duration such as 3s, at most request; 0s for no limit."
                + " Default: no limit of its own.")
        @Enforced("RouteConfiguration.virtual_hosts.routes.route.retry_policy.per_try_timeout")
        @Nullable
        String perTry,

        @Pattern(GatewayDuration.PATTERN)
        @Size(max = 32)
        @JsonPropertyDescription("How long a request, or a connection of a port that is not HTTP, may stay without any"
                + " byte in either direction. A duration such as 5m; 0s for no limit. Default: 5m for requests, no"
                + " limit for connections.")
        @Enforced("RouteConfiguration.virtual_hosts.routes.route.idle_timeout; Listener: tcp_proxy.idle_timeout")
        @Nullable
        String idle,

        @Pattern(GatewayDuration.PATTERN)
        @Size(max = 32)
        @JsonPropertyDescription("From the first byte of a request until the last of the answer, however much is sent:"
                + " ends streams too, such as those of gRPC and WebSockets. A duration such as 1h; 0s for no limit."
                + " Default: no limit.")
        @Enforced("RouteConfiguration.virtual_hosts.routes.route.max_stream_duration.max_stream_duration")
        @Nullable
        String stream) {}
