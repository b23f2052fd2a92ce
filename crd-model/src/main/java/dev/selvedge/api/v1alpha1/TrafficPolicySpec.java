// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.generator.annotation.Default;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a {@link TrafficPolicy} declares. Durations are texts that {@link GatewayDuration} reads. */
@ApiObject
public record TrafficPolicySpec(
        List<TargetRef> targetRefs,
        List<PortProtocol> ports,
        List<Subset> subsets,
        List<Route> routes,
        @Nullable Timeouts timeouts,
        @Nullable Retries retries) {
    public TrafficPolicySpec {
        targetRefs = targetRefs == null ? List.of() : List.copyOf(targetRefs);
        ports = ports == null ? List.of() : List.copyOf(ports);
        subsets = subsets == null ? List.of() : List.copyOf(subsets);
        routes = routes == null ? List.of() : List.copyOf(routes);
    }

    /** What the policy applies to, in its own namespace. */
    @ApiObject
    public record TargetRef(Kind kind, String name) {
        public enum Kind {
            @JsonProperty("Service")
            SERVICE
        }
    }

    /** What a port of the Service speaks; wins over its {@code appProtocol}. */
    @ApiObject
    public record PortProtocol(int port, Protocol protocol) {
        public enum Protocol {
            @JsonProperty("HTTP")
            HTTP,
            @JsonProperty("HTTP2")
            HTTP2,
            @JsonProperty("GRPC")
            GRPC,
            @JsonProperty("TCP")
            TCP,
            @JsonProperty("TLS")
            TLS
        }
    }

    /** The part of a Service's pods that carry all these labels. */
    @ApiObject
    public record Subset(String name, Map<String, String> labels) {
        public Subset {
            labels = labels == null ? Map.of() : Map.copyOf(labels);
        }
    }

    /** One route; the first that matches wins. */
    @ApiObject
    public record Route(
            String name,
            List<Match> matches,
            List<Backend> backends,
            @Nullable Timeouts timeouts,
            @Nullable Retries retries) {
        public Route {
            matches = matches == null ? List.of() : List.copyOf(matches);
            backends = backends == null ? List.of() : List.copyOf(backends);
        }
    }

    /** All given fields must match. */
    @ApiObject
    public record Match(
            @Nullable PathMatch path, @Nullable String method, List<FieldMatch> headers, List<FieldMatch> queryParams) {
        public Match {
            headers = headers == null ? List.of() : List.copyOf(headers);
            queryParams = queryParams == null ? List.of() : List.copyOf(queryParams);
        }
    }

    /** @param subset null for all pods of the Service */
    @ApiObject
    public record Backend(
            @Nullable String subset, @Default("1") Integer weight) {
        public Backend {
            weight = requireNonNullElse(weight, 1);
        }
    }

    /** Absent fields are not set by this policy; zero switches a timeout off. */
    @ApiObject
    public record Timeouts(
            @Nullable String request,
            @Nullable String perTry,
            @Nullable String idle) {}

    /** @param attempts retries after the first try; 0 switches retries off */
    @ApiObject
    public record Retries(
            int attempts,

            @Default("[ConnectFailure, RefusedStream, ResetBeforeRequest]")
            List<RetryOn> on,

            List<String> methods,
            @Nullable Backoff backoff) {
        public Retries {
            on = on == null
                    ? List.of(RetryOn.CONNECT_FAILURE, RetryOn.REFUSED_STREAM, RetryOn.RESET_BEFORE_REQUEST)
                    : List.copyOf(on);
            methods = methods == null ? List.of() : List.copyOf(methods);
        }
    }

    /** What went wrong with a try. */
    public enum RetryOn {
        @JsonProperty("ConnectFailure")
        CONNECT_FAILURE,
        @JsonProperty("RefusedStream")
        REFUSED_STREAM,
        @JsonProperty("ResetBeforeRequest")
        RESET_BEFORE_REQUEST,
        @JsonProperty("GatewayError")
        GATEWAY_ERROR,
        @JsonProperty("ServerError")
        SERVER_ERROR,
        @JsonProperty("Reset")
        RESET
    }

    /** The pause before a retry: doubles from {@code base} to {@code max}, with jitter. */
    @ApiObject
    public record Backoff(String base, String max) {}
}
