// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A TrafficPolicy as its author wrote it.
 *
 * @param targets names of Services in the policy's namespace
 */
public record TrafficPolicy(
        Meta meta,
        List<String> targets,
        List<PortProtocol> ports,
        List<Subset> subsets,
        Optional<Release> release,
        List<Route> routes,
        Optional<Timeouts> timeouts,
        Optional<Retries> retries,
        Optional<LoadBalancing> loadBalancing,
        Optional<CircuitBreaking> circuitBreaking,
        Optional<HealthCheck> healthCheck,
        Optional<Connections> connections,
        List<RateLimit> rateLimits,
        List<Fault> faults)
        implements SnapshotObject {
    public TrafficPolicy {
        targets = List.copyOf(targets);
        ports = List.copyOf(ports);
        subsets = List.copyOf(subsets);
        routes = List.copyOf(routes);
        rateLimits = List.copyOf(rateLimits);
        faults = List.copyOf(faults);
    }

    /** What a port speaks; overrides the Service's {@code appProtocol}. */
    public record PortProtocol(int port, Protocol protocol) {}

    public enum Protocol {
        HTTP,
        HTTP2,
        GRPC,
        TCP,
        TLS
    }

    /** The part of a Service's pods that carry all these labels. */
    public record Subset(String name, Map<String, String> labels) {
        public Subset {
            labels = Map.copyOf(labels);
        }
    }

    /**
     * One route; the first that matches wins. No {@code matches} means every request; several are alternatives.
     *
     * @param ports of the Service; empty means all
     * @param backends empty means all pods of the Service
     * @param mirrors who gets copies of the requests; the copies' answers are ignored
     */
    public record Route(
            String name,
            List<Integer> ports,
            List<Match> matches,
            List<Backend> backends,
            Optional<Timeouts> timeouts,
            Optional<Retries> retries,
            RouteActions actions,
            List<Mirror> mirrors) {
        public Route {
            ports = List.copyOf(ports);
            matches = List.copyOf(matches);
            backends = List.copyOf(backends);
            mirrors = List.copyOf(mirrors);
        }

        /** A route of all ports that only chooses. */
        public Route(
                String name,
                List<Match> matches,
                List<Backend> backends,
                Optional<Timeouts> timeouts,
                Optional<Retries> retries) {
            this(name, List.of(), matches, backends, timeouts, retries, RouteActions.NONE, List.of());
        }

        public boolean isFor(int port) {
            return ports.isEmpty() || ports.contains(port);
        }
    }

    /** @param subset who gets the copies; empty for all pods of the Service */
    public record Mirror(Optional<String> subset, RouteActions.Share share) {}

    /**
     * All fields must match.
     *
     * @param authority the Host header, without its port
     * @param source which clients
     */
    public record Match(
            Optional<StringMatch> path,
            Optional<String> method,
            List<Field> headers,
            List<Field> queryParams,
            Optional<StringMatch> authority,
            Optional<Source> source) {
        public Match {
            headers = List.copyOf(headers);
            queryParams = List.copyOf(queryParams);
        }

        /** A match of what every client may send. */
        public Match(
                Optional<StringMatch> path, Optional<String> method, List<Field> headers, List<Field> queryParams) {
            this(path, method, headers, queryParams, Optional.empty(), Optional.empty());
        }
    }

    /**
     * Clients by what they are; both must hold.
     *
     * @param namespaces empty means any
     * @param labels of the client's pod; empty means any
     */
    public record Source(List<String> namespaces, Map<String, String> labels) {
        public Source {
            namespaces = List.copyOf(namespaces);
            labels = Map.copyOf(labels);
        }

        /** Whether a pod is such a client. */
        public boolean includes(String namespace, Map<String, String> podLabels) {
            return (namespaces.isEmpty() || namespaces.contains(namespace))
                    && podLabels.entrySet().containsAll(labels.entrySet());
        }
    }

    /** A header (compared without case) or a query parameter (with case). */
    public record Field(String name, StringMatch value) {}

    /**
     * @param subset empty for all pods of the Service
     * @param weight share of the requests relative to the other backends of the route, 0 to 1,000,000
     */
    public record Backend(Optional<String> subset, int weight) {}

    /** Absent fields are not set by this policy. Zero switches a timeout off. */
    public record Timeouts(
            Optional<Duration> request, Optional<Duration> perTry, Optional<Duration> idle, Optional<Duration> stream) {
        public Timeouts(Optional<Duration> request, Optional<Duration> perTry, Optional<Duration> idle) {
            this(request, perTry, idle, Optional.empty());
        }
    }

    /**
     * @param attempts retries after the first try, 0 to 10; 0 switches retries off
     * @param on empty means the safe default: connect failure, refused stream, reset before request
     * @param codes of HTTP answers, beside {@code on}
     * @param budget holds for the Service; a route has none
     */
    public record Retries(
            int attempts,
            List<RetryOn> on,
            List<String> methods,
            List<Integer> codes,
            Optional<Backoff> backoff,
            Optional<RateLimitedBackoff> rateLimitedBackoff,
            Optional<Budget> budget) {
        public Retries {
            on = List.copyOf(on);
            methods = List.copyOf(methods);
            codes = List.copyOf(codes);
        }

        public Retries(int attempts, List<RetryOn> on, List<String> methods, Optional<Backoff> backoff) {
            this(attempts, on, methods, List.of(), backoff, Optional.empty(), Optional.empty());
        }
    }

    public enum RetryOn {
        CONNECT_FAILURE,
        REFUSED_STREAM,
        RESET_BEFORE_REQUEST,
        GATEWAY_ERROR,
        SERVER_ERROR,
        RESET,
        GRPC_CANCELLED,
        GRPC_DEADLINE_EXCEEDED,
        GRPC_INTERNAL,
        GRPC_RESOURCE_EXHAUSTED,
        GRPC_UNAVAILABLE;

        /** Whether the server has not executed anything then. */
        public boolean isSafe() {
            return switch (this) {
                case CONNECT_FAILURE, REFUSED_STREAM, RESET_BEFORE_REQUEST -> true;
                case GATEWAY_ERROR,
                        SERVER_ERROR,
                        RESET,
                        GRPC_CANCELLED,
                        GRPC_DEADLINE_EXCEEDED,
                        GRPC_INTERNAL,
                        GRPC_RESOURCE_EXHAUSTED,
                        GRPC_UNAVAILABLE -> false;
            };
        }
    }

    public record Backoff(Duration base, Duration max) {}

    /** As long as a header of the answer says, the first that is there, unless it is more than {@code max}. */
    public record RateLimitedBackoff(List<ResetHeader> headers, Duration max) {
        public RateLimitedBackoff {
            headers = List.copyOf(headers);
        }
    }

    public record ResetHeader(String name, Format format) {
        public enum Format {
            SECONDS,
            UNIX_TIMESTAMP
        }
    }

    /**
     * How many retries may be under way.
     *
     * @param percent of the requests under way, 0 to 100
     * @param minConcurrent always possible
     */
    public record Budget(int percent, int minConcurrent) {}

    /** Whether it has the proxies of a Service's pods do something. */
    public boolean speaksToServers() {
        return !rateLimits.isEmpty() || !faults.isEmpty();
    }

    /** The policy as it is at a time: with those faults marked that are over. */
    public TrafficPolicy at(Instant now) {
        var current = faults.stream().map(fault -> fault.at(now)).toList();
        return current.equals(faults)
                ? this
                : new TrafficPolicy(
                        meta,
                        targets,
                        ports,
                        subsets,
                        release,
                        routes,
                        timeouts,
                        retries,
                        loadBalancing,
                        circuitBreaking,
                        healthCheck,
                        connections,
                        rateLimits,
                        current);
    }

    /** When the first of its faults that are not over will be. */
    public Optional<Instant> nextExpiry() {
        return faults.stream()
                .filter(fault -> !fault.expired())
                .flatMap(fault -> fault.expiresAt().stream())
                .min(Comparator.naturalOrder());
    }

    /** The Services that it names. */
    public List<ObjectName> services() {
        return targets.stream()
                .map(target -> new ObjectName(meta.name().namespace(), target))
                .toList();
    }

    @Override
    public ObjectRef ref() {
        return new ObjectRef(Kind.TRAFFIC_POLICY, meta.name());
    }
}
