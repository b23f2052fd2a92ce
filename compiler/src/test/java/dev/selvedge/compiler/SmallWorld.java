// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import static dev.selvedge.compiler.Fixtures.MEMBER;
import static net.jqwik.api.Arbitraries.frequencyOf;
import static net.jqwik.api.Arbitraries.integers;
import static net.jqwik.api.Arbitraries.just;
import static net.jqwik.api.Arbitraries.of;

import dev.selvedge.compiler.snapshot.AuthorizationPolicy;
import dev.selvedge.compiler.snapshot.CircuitBreaking;
import dev.selvedge.compiler.snapshot.Connections;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.Fault;
import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.HealthCheck;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.LabelSelector;
import dev.selvedge.compiler.snapshot.LoadBalancing;
import dev.selvedge.compiler.snapshot.LoadBalancing.HashKey;
import dev.selvedge.compiler.snapshot.LoadBalancing.Locality;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Meta;
import dev.selvedge.compiler.snapshot.Namespace;
import dev.selvedge.compiler.snapshot.Node;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.RateLimitService;
import dev.selvedge.compiler.snapshot.ReferenceGrant;
import dev.selvedge.compiler.snapshot.Release;
import dev.selvedge.compiler.snapshot.RouteActions;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrustDomains;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple4;

/**
 * Arbitrary objects with so few names, labels and addresses that they meet: two namespaces, two Services in each, three
 * pods, two of each kind that users write; right and wrong ones.
 */
final class SmallWorld {
    static final List<String> NAMESPACES = List.of("shop", "bank");
    static final List<String> SERVICES = List.of("a", "b");
    static final List<String> NAMES = List.of("x", "y");
    static final List<String> PODS = List.of("p", "q");
    static final List<String> VERSIONS = List.of("v1", "v2");
    static final List<String> NODES = List.of("n", "m");
    static final List<String> ZONES = List.of("a", "b");
    static final List<Integer> PORTS = List.of(80, 3306);
    static final List<String> SERVICE_ADDRESSES = List.of("10.96.0.1", "10.96.0.2", "fd00::1");
    static final List<String> POD_ADDRESSES = List.of("10.1.0.1", "10.1.0.2", "203.0.113.1");

    static final List<TrafficPolicy.Source> SOURCES = List.of(
            new TrafficPolicy.Source(List.of("shop"), Map.of()),
            new TrafficPolicy.Source(List.of(), Map.of("version", "v1")));

    private SmallWorld() {}

    static Arbitrary<SnapshotObject> objects() {
        return frequencyOf(
                Tuple.of(1, mesh().map(it -> it)),
                Tuple.of(1, namespace().map(it -> it)),
                Tuple.of(1, node().map(it -> it)),
                Tuple.of(3, service().map(it -> it)),
                Tuple.of(5, slice().map(it -> it)),
                Tuple.of(5, pod().map(it -> it)),
                Tuple.of(4, trafficPolicy().map(it -> it)),
                Tuple.of(3, authorizationPolicy().map(it -> it)),
                Tuple.of(2, gateway().map(it -> it)),
                Tuple.of(3, httpRoute().map(it -> it)),
                Tuple.of(1, referenceGrant().map(it -> it)),
                Tuple.of(4, SmallOutside.externalService().map(it -> it)));
    }

    static Arbitrary<ObjectName> named(List<String> names) {
        return Combinators.combine(of("shop", "shop", "shop", "bank"), of(names))
                .as(ObjectName::new);
    }

    static Arbitrary<Meta> meta(Arbitrary<ObjectName> names) {
        return Combinators.combine(names, integers().between(1, 2), integers().between(1, 2))
                .as((name, generation, age) -> new Meta(name, "uid-of-" + name, generation, age));
    }

    private static Arbitrary<Mesh> mesh() {
        return Combinators.combine(
                        meta(of(NAMES).map(name -> new ObjectName("", name))),
                        trustDomains(),
                        of(Mesh.MtlsMode.class),
                        of(Mesh.EgressMode.class),
                        of(Mesh.AuthorizationDefault.class),
                        of("10.96.0.0/12", "fd00::/64", "wrong")
                                .list()
                                .uniqueElements()
                                .ofMaxSize(2),
                        rateLimitService().optional())
                .as((meta, domain, mtls, egress, authorization, cidrs, rateLimits) -> new Mesh(
                        meta, domain, LabelSelector.labels(MEMBER), mtls, egress, authorization, cidrs, rateLimits));
    }

    private static Arbitrary<RateLimitService> rateLimitService() {
        return Combinators.combine(named(NAMES), of(PORTS), of(RateLimitService.Failure.class))
                .as((service, port, failure) -> new RateLimitService(service, port, "selvedge", failure));
    }

    private static Arbitrary<TrustDomains> trustDomains() {
        var domains = of("cluster.local", "example.org", "old.example.org");
        return Combinators.combine(domains, domains.list().uniqueElements().ofMaxSize(2))
                .as(TrustDomains::new);
    }

    private static Arbitrary<Namespace> namespace() {
        return Combinators.combine(of(NAMESPACES), of(MEMBER, MEMBER, Map.<String, String>of()))
                .as(Namespace::new);
    }

    private static Arbitrary<Node> node() {
        return Combinators.combine(of(NODES), of("a", "b", ""), of("north", "south", ""))
                .as(Node::new);
    }

    private static Arbitrary<Service> service() {
        var port = Combinators.combine(
                        of("http", "raw"), of(PORTS), of("http", "tcp").optional())
                .as(Service.Port::new);
        return Combinators.combine(
                        named(SERVICES),
                        someLabels(),
                        of(SERVICE_ADDRESSES).list().uniqueElements().ofMaxSize(2),
                        port.list()
                                .uniqueElements(Service.Port::port)
                                .ofMinSize(1)
                                .ofMaxSize(2),
                        of(true, false))
                .as(Service::new);
    }

    private static Arbitrary<Map<String, String>> labels() {
        return Combinators.combine(of(SERVICES), of(VERSIONS))
                .as((app, version) -> Map.of("app", app, "version", version));
    }

    private static Arbitrary<Map<String, String>> someLabels() {
        return of(
                Map.of("app", "a"),
                Map.of("app", "b"),
                Map.of("version", "v1"),
                Map.of("version", "v1"),
                Map.of("version", "v2"),
                Map.of());
    }

    private static Arbitrary<EndpointSlice> slice() {
        var endpoint = Combinators.combine(
                        of(POD_ADDRESSES),
                        of(true, false),
                        of(true, false),
                        of(true, false),
                        named(PODS).optional(),
                        of(ZONES))
                .as(EndpointSlice.Endpoint::new);
        return Combinators.combine(
                        named(NAMES),
                        of(SERVICES),
                        of(Map.of("http", 8080), Map.of("http", 8081, "raw", 3306)),
                        endpoint.list().ofMaxSize(3))
                .as((name, service, ports, endpoints) ->
                        new EndpointSlice(name, new ObjectName(name.namespace(), service), ports, endpoints));
    }

    private static Arbitrary<Pod> pod() {
        return Combinators.combine(
                        named(PODS),
                        of(POD_ADDRESSES).list().uniqueElements().ofMaxSize(1),
                        labels(),
                        of("one", "two"),
                        of(0, 1, 1, 1, 2),
                        of(NODES).optional())
                .as((name, ips, labels, account, proxy, node) -> new Pod(
                        name,
                        "uid",
                        ips,
                        labels,
                        account,
                        switch (proxy) {
                            case 0 -> new Pod.Proxy.None();
                            case 1 -> new Pod.Proxy.Sidecar();
                            default -> new Pod.Proxy.GatewayProxy(new ObjectName(name.namespace(), "x"));
                        },
                        node));
    }

    private static Arbitrary<StringMatch> path() {
        return of(
                new StringMatch.Exact("/a"),
                new StringMatch.Prefix("/"),
                new StringMatch.Prefix("/a"),
                new StringMatch.Regex("/[a-z]+"),
                new StringMatch.Exact("/b"),
                new StringMatch.Prefix("/b"),
                new StringMatch.Regex("("));
    }

    private static Arbitrary<TrafficPolicy.Match> match() {
        var header = path().map(value -> new TrafficPolicy.Field("x-user", value));
        return Combinators.combine(
                        path().optional(),
                        of("GET", "POST").optional(0.2),
                        header.list().ofMaxSize(1))
                .as((path, method, headers) -> new TrafficPolicy.Match(path, method, headers, List.of()));
    }

    private static Arbitrary<TrafficPolicy.Match> matchOfClients() {
        return Combinators.combine(match(), of(SOURCES).optional(0.3))
                .as((match, source) -> new TrafficPolicy.Match(
                        match.path(), match.method(), match.headers(), match.queryParams(), Optional.empty(), source));
    }

    private static Arbitrary<RouteActions> actions() {
        var changes = of("x-a", "Host")
                .map(name -> new RouteActions.HeaderChanges(
                        List.of(new RouteActions.Header(name, "100%")), List.of(), List.of(name)));
        return frequencyOf(
                Tuple.of(3, just(RouteActions.NONE)),
                Tuple.of(
                        1,
                        changes.map(headers -> new RouteActions(
                                Optional.empty(),
                                Optional.of(new RouteActions.Rewrite(
                                        Optional.of("other"), Optional.of(new RouteActions.PathChange.Prefix("/c")))),
                                headers,
                                headers,
                                Optional.empty()))),
                Tuple.of(
                        1,
                        just(new RouteActions(
                                Optional.of(new RouteActions.Answer.Direct(503, "closed")),
                                Optional.empty(),
                                RouteActions.HeaderChanges.NONE,
                                RouteActions.HeaderChanges.NONE,
                                Optional.empty()))));
    }

    private static Arbitrary<TrafficPolicy.Timeouts> timeouts() {
        var duration = integers().between(0, 3).map(Duration::ofSeconds).optional();
        return Combinators.combine(duration, duration, duration, duration).as(TrafficPolicy.Timeouts::new);
    }

    private static Arbitrary<TrafficPolicy> trafficPolicy() {
        var port =
                Combinators.combine(of(PORTS), of(TrafficPolicy.Protocol.class)).as(TrafficPolicy.PortProtocol::new);
        var subset = Combinators.combine(of(VERSIONS), someLabels()).as(TrafficPolicy.Subset::new);
        var backend =
                Combinators.combine(of(VERSIONS).optional(), of(0, 1, 5, 9)).as(TrafficPolicy.Backend::new);
        var mirror = of(VERSIONS).optional().map(version -> new TrafficPolicy.Mirror(version, RouteActions.Share.ALL));
        var budget = new TrafficPolicy.Budget(50, 1);
        var retries = Combinators.combine(
                        integers().between(0, 3),
                        of(429, 7).list().ofMaxSize(1),
                        just(budget).optional(0.3))
                .as((attempts, codes, limit) -> new TrafficPolicy.Retries(
                        attempts, List.of(), List.of("GET"), codes, Optional.empty(), Optional.empty(), limit));
        var route = Combinators.combine(
                        of("first", "second"),
                        of(PORTS).list().ofMaxSize(1),
                        matchOfClients().list().ofMaxSize(2),
                        backend.list().ofMaxSize(2),
                        timeouts().optional(0.2),
                        retries.optional(0.2),
                        actions(),
                        mirror.list().ofMaxSize(1))
                .as(TrafficPolicy.Route::new);
        return Combinators.combine(
                        meta(named(NAMES)),
                        of(SERVICES).list().ofMinSize(1).ofMaxSize(2),
                        port.list().ofMaxSize(1),
                        subset.list().ofMaxSize(2),
                        route.list().ofMaxSize(2),
                        Combinators.combine(
                                        timeouts().optional(0.3),
                                        retries.optional(0.3),
                                        rateLimit().list().ofMaxSize(2),
                                        fault().list().ofMaxSize(2))
                                .as(Tuple::of),
                        endpointUse(),
                        release().optional(0.3))
                .as((meta, targets, ports, subsets, routes, timing, use, release) -> new TrafficPolicy(
                        meta,
                        targets,
                        ports,
                        subsets,
                        release,
                        routes,
                        timing.get1(),
                        timing.get2(),
                        use.get1(),
                        use.get2(),
                        use.get3(),
                        use.get4(),
                        timing.get3(),
                        timing.get4()));
    }

    private static Arbitrary<
                    Tuple4<
                            Optional<LoadBalancing>,
                            Optional<CircuitBreaking>,
                            Optional<HealthCheck>,
                            Optional<Connections>>>
            endpointUse() {
        var key = new HashKey(HashKey.Type.HEADER, Optional.of("x-user"), Optional.empty());
        var balancing = Combinators.combine(
                        of(LoadBalancing.Algorithm.class).optional(),
                        just(key).list().ofMaxSize(1),
                        integers().between(0, 1).map(Duration::ofSeconds).optional(),
                        of(0, 50, 101).optional(),
                        locality().optional())
                .as(LoadBalancing::new);
        var limit = of(0, 1, 9).optional();
        var outliers = of(1, 5).map(count -> new CircuitBreaking.Outliers(
                        Optional.of(count),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(300),
                        10))
                .optional();
        var breaking = Combinators.combine(limit, limit, limit, outliers).as(CircuitBreaking::new);
        var age = integers().between(0, 2).map(Duration::ofSeconds).optional();
        var connections = Combinators.combine(
                        age, age, age, limit, of(Connections.Upgrade.class).optional())
                .as((connect, idle, lifetime, requests, upgrade) ->
                        new Connections(connect, idle, lifetime, requests, Optional.empty(), upgrade));
        var check = of("/healthz", "wrong")
                .map(path -> new HealthCheck(
                        new HealthCheck.Protocol.Http(path), Duration.ofSeconds(10), Duration.ofSeconds(1), 2, 1));
        return Combinators.combine(
                        balancing.optional(0.3), breaking.optional(0.3), check.optional(0.2), connections.optional(0.3))
                .as(Tuple::of);
    }

    private static Arbitrary<Locality> locality() {
        return of(
                new Locality(Locality.Mode.ANY, List.of(), List.of()),
                new Locality(Locality.Mode.PREFER_ZONE, List.of(), List.of()),
                new Locality(Locality.Mode.PREFER_ZONE, List.of("b"), List.of()),
                new Locality(
                        Locality.Mode.WEIGHTED, List.of(), List.of(new Locality.Weights("a", Map.of("a", 9, "b", 1)))));
    }

    private static Arbitrary<Release> release() {
        var key = new HashKey(HashKey.Type.HEADER, Optional.of("x-user"), Optional.empty());
        return frequencyOf(
                Tuple.of(
                        2,
                        Combinators.combine(of(0, 10, 100, 101), just(key).optional())
                                .as((percent, sticky) -> new Release.Canary("v1", "v2", percent, sticky))),
                Tuple.of(1, of(VERSIONS).map(active -> new Release.BlueGreen("v1", "v2", active))));
    }

    private static Arbitrary<RateLimit> rateLimit() {
        return Combinators.combine(
                        of(NAMES),
                        of(PORTS).list().ofMaxSize(1),
                        of(RateLimit.Scope.class),
                        of(new RateLimit.Key.Caller(), new RateLimit.Key.Header("x-user"))
                                .list()
                                .ofMaxSize(1),
                        of(0, 1, 10),
                        of(RateLimit.Mode.class))
                .as((name, ports, scope, key, requests, mode) -> new RateLimit(
                        name, ports, scope, List.copyOf(key), requests, Duration.ofSeconds(1), Optional.empty(), mode));
    }

    private static Arbitrary<Fault> fault() {
        var source = of(
                new Fault.Source(List.of(new ObjectName("shop", "one")), List.of()),
                new Fault.Source(List.of(), List.of("bank")));
        return Combinators.combine(
                        of(NAMES),
                        of(PORTS).list().ofMaxSize(1),
                        source.list().ofMaxSize(1),
                        match().list().ofMaxSize(1),
                        of(503, 0),
                        of(true, false))
                .as((name, ports, from, matches, status, expired) -> new Fault(
                        name,
                        ports,
                        from,
                        matches,
                        Optional.empty(),
                        Optional.of(new Fault.Abort(new Fault.Status.Http(status), 50)),
                        Optional.empty(),
                        Optional.of(Instant.EPOCH),
                        expired));
    }

    private static Arbitrary<AuthorizationPolicy> authorizationPolicy() {
        var target = frequencyOf(
                Tuple.of(
                        1, of(SERVICES).<AuthorizationPolicy.Target>map(AuthorizationPolicy.Target.ServiceTarget::new)),
                Tuple.of(
                        1,
                        someLabels()
                                .map(labels ->
                                        new AuthorizationPolicy.Target.PodTarget(LabelSelector.labels(labels)))));
        var source = frequencyOf(
                Tuple.of(3, of("", "bank").map(namespace -> account(namespace, "one"))),
                Tuple.of(1, just(new AuthorizationPolicy.Source(List.of(), List.of(), List.of("10.0.0.0/8")))),
                Tuple.of(1, just(new AuthorizationPolicy.Source(List.of(), List.of(), List.of("10.0.0.1/8")))));
        var operation = Combinators.combine(
                        of(PORTS).list().ofMaxSize(1), path().list().ofMaxSize(1))
                .as((ports, paths) -> new AuthorizationPolicy.Operation(ports, List.of(), paths));
        var rule = Combinators.combine(
                        of("first", "second"),
                        source.list().ofMaxSize(1),
                        operation.list().ofMaxSize(1))
                .as(AuthorizationPolicy.Rule::new);
        return Combinators.combine(
                        meta(named(NAMES)),
                        target.list().ofMinSize(1).ofMaxSize(2),
                        of(AuthorizationPolicy.Action.class),
                        rule.list().ofMaxSize(2))
                .as(AuthorizationPolicy::new);
    }

    private static AuthorizationPolicy.Source account(String namespace, String name) {
        return new AuthorizationPolicy.Source(List.of(new ObjectName(namespace, name)), List.of(), List.of());
    }

    private static Arbitrary<Gateway> gateway() {
        var allowed = of(
                new Gateway.AllowedNamespaces.Same(),
                new Gateway.AllowedNamespaces.All(),
                new Gateway.AllowedNamespaces.Matching(LabelSelector.labels(MEMBER)));
        var listener = Combinators.combine(
                        of(NAMES),
                        of(80, 8080),
                        of("HTTP", "HTTP", "TLS"),
                        of("a.com", "*.com").optional(),
                        allowed,
                        of(List.<String>of(), List.of("gateway.networking.k8s.io/GRPCRoute", "example.com/Route")))
                .as(Gateway.Listener::new);
        return Combinators.combine(
                        meta(named(NAMES)), listener.list().ofMinSize(1).ofMaxSize(2))
                .as(Gateway::new);
    }

    private static Arbitrary<ReferenceGrant> referenceGrant() {
        return Combinators.combine(named(NAMES), of(NAMESPACES), of(SERVICES).optional())
                .as((name, namespace, service) -> new ReferenceGrant(
                        name,
                        List.of(new ReferenceGrant.From("gateway.networking.k8s.io/HTTPRoute", namespace)),
                        List.of(new ReferenceGrant.To(HttpRoute.SERVICE, service))));
    }

    private static Arbitrary<HttpRoute> httpRoute() {
        var gateway = Combinators.combine(
                        named(NAMES), of(NAMES).optional(0.3), of(80, 8080).optional(0.3))
                .<HttpRoute.Parent>as(HttpRoute.Parent.ToGateway::new);
        var service = Combinators.combine(named(SERVICES), of(PORTS).optional(0.3))
                .<HttpRoute.Parent>as(HttpRoute.Parent.ToService::new);
        var parent = frequencyOf(Tuple.of(1, gateway), Tuple.of(1, service));
        var backend = Combinators.combine(
                        of("/Service", "/Service", "other/Kind"),
                        named(SERVICES),
                        of(PORTS).optional(0.9),
                        of(0, 1, 9))
                .as(HttpRoute.Backend::new);
        var mirror = backend.map(it -> new HttpRoute.Mirror(it, RouteActions.Share.ALL));
        var rule = Combinators.combine(
                        of("first").optional(0.2),
                        match().list().ofMaxSize(2),
                        backend.list().ofMaxSize(2),
                        timeouts().optional(0.2),
                        integers()
                                .between(0, 2)
                                .map(attempts ->
                                        new TrafficPolicy.Retries(attempts, List.of(), List.of(), Optional.empty()))
                                .optional(0.2),
                        actions(),
                        mirror.list().ofMaxSize(1),
                        of("sessionPersistence").list().ofMaxSize(1))
                .as(HttpRoute.Rule::new);
        return Combinators.combine(
                        of(Kind.HTTP_ROUTE, Kind.HTTP_ROUTE, Kind.GRPC_ROUTE),
                        meta(named(NAMES)),
                        parent.list().ofMinSize(1).ofMaxSize(2),
                        of("a.com", "b.com", "*.com").list().ofMaxSize(2),
                        rule.list().ofMaxSize(2))
                .as(HttpRoute::new);
    }
}
