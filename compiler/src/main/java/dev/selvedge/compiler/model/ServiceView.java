// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.snapshot.LoadBalancing.HashKey;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.RouteActions;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;

/**
 * A Service as its clients' proxies see it, without the endpoints (those change often and are a view of their own).
 *
 * @param addresses its cluster addresses
 */
public record ServiceView(ObjectName name, List<String> addresses, List<Port> ports) {
    public ServiceView {
        addresses = List.copyOf(addresses);
        ports = List.copyOf(ports);
    }

    /**
     * @param routes in order, the first match wins; empty for an opaque port
     * @param pools every set of endpoints that a route or a TCP connection can reach; the first is the whole Service
     * @param upstream what holds for each pool
     * @param origins the policies that shaped this port
     */
    public record Port(
            int port,
            AppProtocol protocol,
            List<Route> routes,
            List<Pool> pools,
            Optional<Duration> idleTimeout,
            Upstream upstream,
            SortedSet<Origin> origins) {
        public Port {
            routes = List.copyOf(routes);
            pools = List.copyOf(pools);
        }
    }

    /**
     * A set of endpoints: one Envoy cluster.
     *
     * @param subset empty for the whole Service
     * @param identities SPIFFE IDs of the pods behind it; a client verifies exactly these (secure naming)
     * @param proxied which of its endpoints have a proxy of ours
     */
    public record Pool(Optional<String> subset, SortedSet<String> identities, Proxied proxied) {}

    /** Which endpoints have a proxy of ours. */
    public enum Proxied {
        NONE,
        SOME,
        ALL
    }

    /**
     * What happens to the requests that match.
     *
     * @param matches alternatives; empty means every request
     * @param backends without effect when the actions give the answer
     * @param hash what a consistent choice goes by; empty when no choice is consistent
     * @param sticky whether the choice of the backend is consistent too
     */
    public record Route(
            String name,
            List<TrafficPolicy.Match> matches,
            List<Backend> backends,
            Optional<Duration> requestTimeout,
            Optional<Duration> idleTimeout,
            Optional<Duration> streamTimeout,
            Retry retry,
            List<HashKey> hash,
            boolean sticky,
            RouteActions actions,
            List<Mirror> mirrors) {
        public Route {
            matches = List.copyOf(matches);
            backends = List.copyOf(backends);
            hash = List.copyOf(hash);
            mirrors = List.copyOf(mirrors);
        }

        /** A route that only chooses. */
        public Route(
                String name,
                List<TrafficPolicy.Match> matches,
                List<Backend> backends,
                Optional<Duration> requestTimeout,
                Optional<Duration> idleTimeout,
                Optional<Duration> streamTimeout,
                Retry retry,
                List<HashKey> hash,
                boolean sticky) {
            this(
                    name,
                    matches,
                    backends,
                    requestTimeout,
                    idleTimeout,
                    streamTimeout,
                    retry,
                    hash,
                    sticky,
                    RouteActions.NONE,
                    List.of());
        }

        /** The same for other requests. */
        public Route withMatches(List<TrafficPolicy.Match> others) {
            return new Route(
                    name,
                    others,
                    backends,
                    requestTimeout,
                    idleTimeout,
                    streamTimeout,
                    retry,
                    hash,
                    sticky,
                    actions,
                    mirrors);
        }
    }

    /** Who gets copies of the requests. */
    public record Mirror(ClusterName cluster, RouteActions.Share share) {}

    /** Where a share of the requests goes. */
    public sealed interface Backend {
        /** Relative share, 0 to 1,000,000. */
        int weight();

        /** @param headers what is changed for this share alone */
        record Endpoints(ClusterName cluster, int weight, Headers headers) implements Backend {
            public Endpoints(ClusterName cluster, int weight) {
                this(cluster, weight, Headers.NONE);
            }
        }

        /** A reference that leads nowhere: keeps its share and answers 500. */
        record Invalid(int weight, String message) implements Backend {}
    }

    /** Changes of headers, after those of the route. */
    public record Headers(RouteActions.HeaderChanges request, RouteActions.HeaderChanges response) {
        /** No changes. */
        public static final Headers NONE =
                new Headers(RouteActions.HeaderChanges.NONE, RouteActions.HeaderChanges.NONE);
    }

    /**
     * @param attempts retries after the first try; 0 means none
     * @param on never empty when attempts are positive
     * @param methods empty means every method
     */
    public record Retry(
            int attempts,
            List<TrafficPolicy.RetryOn> on,
            List<String> methods,
            List<Integer> codes,
            Optional<Duration> perTryTimeout,
            Optional<TrafficPolicy.Backoff> backoff,
            Optional<TrafficPolicy.RateLimitedBackoff> rateLimitedBackoff) {
        public Retry {
            on = List.copyOf(on);
            methods = List.copyOf(methods);
            codes = List.copyOf(codes);
        }

        public Retry(
                int attempts,
                List<TrafficPolicy.RetryOn> on,
                List<String> methods,
                Optional<Duration> perTryTimeout,
                Optional<TrafficPolicy.Backoff> backoff) {
            this(attempts, on, methods, List.of(), perTryTimeout, backoff, Optional.empty());
        }
    }

    /** What names an Envoy cluster of a Service. */
    public record ClusterName(ObjectName service, int port, Optional<String> subset) {
        private static final int PORT_DIGITS = 5;

        /** Reads what {@link #toString} writes; empty when it is something else. Often asked, hence without patterns. */
        public static Optional<ClusterName> parse(String text) {
            int name = text.indexOf('/') + 1;
            int port = text.indexOf(':', name) + 1;
            if (name == 0 || port == 0) {
                return Optional.empty();
            }
            int slash = text.indexOf('/', port);
            int end = slash < 0 ? text.length() : slash;
            var subset = slash < 0 ? Optional.<String>empty() : Optional.of(text.substring(slash + 1));
            if (!isPart(text, 0, name - 1)
                    || !isPart(text, name, port - 1)
                    || !isPort(text, port, end)
                    || (slash >= 0 && !isPart(text, slash + 1, text.length()))) {
                return Optional.empty();
            }
            return Optional.of(new ClusterName(
                    new ObjectName(text.substring(0, name - 1), text.substring(name, port - 1)),
                    Integer.parseInt(text, port, end, 10),
                    subset));
        }

        private static boolean isPart(String text, int begin, int end) {
            for (int i = begin; i < end; i++) {
                if (text.charAt(i) == '/' || text.charAt(i) == ':' || text.charAt(i) == '|') {
                    return false;
                }
            }
            return begin < end;
        }

        private static boolean isPort(String text, int begin, int end) {
            for (int i = begin; i < end; i++) {
                if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                    return false;
                }
            }
            return begin < end && end - begin <= PORT_DIGITS;
        }

        /** {@code namespace/service:port} or {@code namespace/service:port/subset}. */
        @Override
        public String toString() {
            return service + ":" + port + subset.map(s -> "/" + s).orElse("");
        }
    }

    /** Matches every path. */
    public static final StringMatch ANY_PATH = new StringMatch.Prefix("/");
}
