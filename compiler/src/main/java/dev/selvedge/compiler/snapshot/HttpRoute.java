// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An HTTPRoute or a GRPCRoute of the Gateway API; only parents that are Gateways or Services are ingested.
 *
 * @param kind {@code HTTP_ROUTE} or {@code GRPC_ROUTE}
 */
public record HttpRoute(Kind kind, Meta meta, List<Parent> parents, List<String> hostnames, List<Rule> rules)
        implements SnapshotObject {
    private static final String GROUP = "gateway.networking.k8s.io/";

    /** The kind of a backend that is a Service. */
    public static final String SERVICE = "/Service";

    public HttpRoute {
        parents = List.copyOf(parents);
        hostnames = List.copyOf(hostnames);
        rules = List.copyOf(rules);
    }

    public HttpRoute(Meta meta, List<Parent> parents, List<String> hostnames, List<Rule> rules) {
        this(Kind.HTTP_ROUTE, meta, parents, hostnames, rules);
    }

    /** What a route attaches to. */
    public sealed interface Parent {
        ObjectName name();

        /** @param port of the listener; absent means every port */
        record ToGateway(ObjectName name, Optional<String> sectionName, Optional<Integer> port) implements Parent {}

        /** @param port of the Service; absent means every port that is routed */
        record ToService(ObjectName name, Optional<Integer> port) implements Parent {}
    }

    /**
     * @param name empty when it has none
     * @param mirrors who gets copies of the requests
     * @param unsupported fields of the rule that this version cannot honour: such a rule answers 500 and the route says
     *     so
     */
    public record Rule(
            Optional<String> name,
            List<TrafficPolicy.Match> matches,
            List<Backend> backends,
            Optional<TrafficPolicy.Timeouts> timeouts,
            Optional<TrafficPolicy.Retries> retries,
            RouteActions actions,
            List<Mirror> mirrors,
            List<String> unsupported) {
        public Rule {
            matches = List.copyOf(matches);
            backends = List.copyOf(backends);
            mirrors = List.copyOf(mirrors);
            unsupported = List.copyOf(unsupported);
        }

        /** A rule that only chooses. */
        public Rule(
                List<TrafficPolicy.Match> matches,
                List<Backend> backends,
                Optional<TrafficPolicy.Timeouts> timeouts,
                List<String> unsupported) {
            this(
                    Optional.empty(),
                    matches,
                    backends,
                    timeouts,
                    Optional.empty(),
                    RouteActions.NONE,
                    List.of(),
                    unsupported);
        }
    }

    /**
     * @param kind group and kind as {@code group/Kind}; {@code /Service} is the only one understood
     * @param weight 0 to 1,000,000
     * @param requestHeaders changed for this backend alone
     * @param responseHeaders changed for this backend alone
     */
    public record Backend(
            String kind,
            ObjectName name,
            Optional<Integer> port,
            int weight,
            RouteActions.HeaderChanges requestHeaders,
            RouteActions.HeaderChanges responseHeaders) {
        public Backend(String kind, ObjectName name, Optional<Integer> port, int weight) {
            this(kind, name, port, weight, RouteActions.HeaderChanges.NONE, RouteActions.HeaderChanges.NONE);
        }
    }

    /** @param backend its weight has no meaning here */
    public record Mirror(Backend backend, RouteActions.Share share) {}

    /** The Gateways that it names as parents. */
    public List<ObjectName> gateways() {
        return parents.stream()
                .filter(Parent.ToGateway.class::isInstance)
                .map(Parent::name)
                .toList();
    }

    /** The Services that it names as parents. */
    public List<ObjectName> parentServices() {
        return parents.stream()
                .filter(Parent.ToService.class::isInstance)
                .map(Parent::name)
                .toList();
    }

    /** The Services that it names as backends. */
    public List<ObjectName> services() {
        return rules.stream()
                .flatMap(rule -> Stream.concat(
                        rule.backends().stream(), rule.mirrors().stream().map(Mirror::backend)))
                .filter(backend -> backend.kind().equals(SERVICE))
                .map(Backend::name)
                .toList();
    }

    /** As Kubernetes names its kind. */
    public String kindName() {
        return kind == Kind.GRPC_ROUTE ? "GRPCRoute" : "HTTPRoute";
    }

    /** Its kind as {@code group/Kind}. */
    public String groupKind() {
        return GROUP + kindName();
    }

    @Override
    public ObjectRef ref() {
        return new ObjectRef(kind, meta.name());
    }
}
