// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.snapshot.AuthorizationPolicy;
import dev.selvedge.compiler.snapshot.CircuitBreaking;
import dev.selvedge.compiler.snapshot.Connections;
import dev.selvedge.compiler.snapshot.Fault;
import dev.selvedge.compiler.snapshot.HealthCheck;
import dev.selvedge.compiler.snapshot.LabelSelector;
import dev.selvedge.compiler.snapshot.LoadBalancing;
import dev.selvedge.compiler.snapshot.LoadBalancing.HashKey;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Meta;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.Release;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrustDomains;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PolicyIngestTest {
    private static final List<String> DISCOVERED = List.of("10.96.0.0/16");

    @Test
    void anEmptyMeshHasTheDefaults() {
        assertThat(mesh("{metadata: {name: default, uid: u, generation: 1}, spec: {}}"))
                .contains(new Mesh(
                        new Meta(new ObjectName("", "default"), "u", 1, 0),
                        TrustDomains.of("cluster.local"),
                        LabelSelector.labels(Map.of("selvedge.dev/mesh", "default")),
                        Mesh.MtlsMode.STRICT,
                        Mesh.EgressMode.ALLOW,
                        Mesh.AuthorizationDefault.ALLOW,
                        DISCOVERED));
    }

    @Test
    void whatAMeshDeclaresIsTaken() {
        var mesh = mesh("""
                metadata: {name: default}
                spec:
                  trustDomain: example.org
                  members: {namespaceSelector: {matchExpressions: [{key: team, operator: In, values: [a, b]}]}}
                  mtls: {mode: Permissive}
                  egress: {mode: Deny}
                  authorization: {default: Deny}
                  interception: {serviceCIDRs: [10.0.0.0/8]}
                """).orElseThrow();

        assertThat(mesh.trustDomains().own()).isEqualTo("example.org");
        assertThat(mesh.members().matchExpressions())
                .containsExactly(new LabelSelector.Requirement("team", LabelSelector.Operator.IN, List.of("a", "b")));
        assertThat(mesh.mtls()).isEqualTo(Mesh.MtlsMode.PERMISSIVE);
        assertThat(mesh.egress()).isEqualTo(Mesh.EgressMode.DENY);
        assertThat(mesh.authorization()).isEqualTo(Mesh.AuthorizationDefault.DENY);
        assertThat(mesh.serviceCidrs()).containsExactly("10.0.0.0/8");
    }

    @Test
    void whatATrafficPolicyHasTheServerDoIsReadWhole() {
        var policy = PolicyIngest.trafficPolicy(Yaml.read(dev.selvedge.api.v1alpha1.TrafficPolicy.class, """
                metadata: {namespace: shop, name: reviews}
                spec:
                  targetRefs: [{kind: Service, name: reviews}]
                  rateLimits:
                  - {name: plain, limit: {requests: 5, per: 1m}}
                  - name: keyed
                    ports: [80]
                    scope: Connection
                    key: [{type: Caller}, {type: Header, name: x-user}, {type: RemoteAddress}]
                    limit: {requests: 5, per: 1s, burst: 9}
                    mode: Audit
                  faults:
                  - name: slow
                    ports: [80]
                    from: [{serviceAccounts: [{name: client}, {namespace: bank, name: teller}], namespaces: [bank]}]
                    matches: [{method: GET}]
                    delay: {duration: 2s, percent: 5}
                    abort: {httpStatus: 503}
                    bandwidth: {kibPerSecond: 64, percent: 50}
                    expiresAt: 2026-12-01T01:00:00+01:00
                  - {name: grpc, abort: {grpcStatus: Unavailable, percent: 0}}
                """))
                .orElseThrow();

        assertThat(policy.rateLimits())
                .containsExactly(
                        new RateLimit(
                                "plain",
                                List.of(),
                                RateLimit.Scope.LOCAL,
                                List.of(),
                                5,
                                Duration.ofMinutes(1),
                                Optional.empty(),
                                RateLimit.Mode.ENFORCE),
                        new RateLimit(
                                "keyed",
                                List.of(80),
                                RateLimit.Scope.CONNECTION,
                                List.of(
                                        new RateLimit.Key.Caller(),
                                        new RateLimit.Key.Header("x-user"),
                                        new RateLimit.Key.RemoteAddress()),
                                5,
                                Duration.ofSeconds(1),
                                Optional.of(9),
                                RateLimit.Mode.AUDIT));
        assertThat(policy.faults())
                .containsExactly(
                        new Fault(
                                "slow",
                                List.of(80),
                                List.of(new Fault.Source(
                                        List.of(new ObjectName("shop", "client"), new ObjectName("bank", "teller")),
                                        List.of("bank"))),
                                List.of(new TrafficPolicy.Match(
                                        Optional.empty(), Optional.of("GET"), List.of(), List.of())),
                                Optional.of(new Fault.Delay(Duration.ofSeconds(2), 5)),
                                Optional.of(new Fault.Abort(new Fault.Status.Http(503), 100)),
                                Optional.of(new Fault.Bandwidth(64, 50)),
                                Optional.of(Instant.parse("2026-12-01T00:00:00Z")),
                                false),
                        new Fault(
                                "grpc",
                                List.of(),
                                List.of(),
                                List.of(),
                                Optional.empty(),
                                Optional.of(new Fault.Abort(new Fault.Status.Grpc(14), 0)),
                                Optional.empty(),
                                Optional.empty(),
                                false));
    }

    private static Optional<Mesh> mesh(String yaml) {
        return PolicyIngest.mesh(Yaml.read(dev.selvedge.api.v1alpha1.Mesh.class, yaml), DISCOVERED);
    }

    @Test
    void aTrafficPolicyIsReadWhole() {
        var policy = PolicyIngest.trafficPolicy(Yaml.read(dev.selvedge.api.v1alpha1.TrafficPolicy.class, """
                metadata: {namespace: shop, name: reviews}
                spec:
                  targetRefs: [{kind: Service, name: reviews}]
                  ports: [{port: 9080, protocol: GRPC}]
                  subsets: [{name: v2, labels: {version: v2}}]
                  routes:
                  - name: testers
                    matches:
                    - path: {type: Regex, value: "/a.*"}
                      headers: [{name: x-user, value: alice}, {name: x-any, type: Present}]
                    backends: [{subset: v2}, {weight: 9}]
                    timeouts: {request: 1h30m}
                  - {name: others, ports: [9080, 9081]}
                  timeouts: {perTry: 250ms, idle: 0s}
                  retries: {attempts: 2, backoff: {base: 25ms, max: 250ms}}
                """))
                .orElseThrow();

        assertThat(policy.routes())
                .extracting(TrafficPolicy.Route::ports)
                .containsExactly(List.of(), List.of(9080, 9081));
        assertThat(policy.targets()).containsExactly("reviews");
        assertThat(policy.ports()).containsExactly(new TrafficPolicy.PortProtocol(9080, TrafficPolicy.Protocol.GRPC));
        assertThat(policy.subsets()).containsExactly(new TrafficPolicy.Subset("v2", Map.of("version", "v2")));
        assertThat(policy.timeouts())
                .contains(new TrafficPolicy.Timeouts(
                        Optional.empty(), Optional.of(Duration.ofMillis(250)), Optional.of(Duration.ZERO)));
        assertThat(policy.retries())
                .contains(new TrafficPolicy.Retries(
                        2,
                        List.of(
                                TrafficPolicy.RetryOn.CONNECT_FAILURE,
                                TrafficPolicy.RetryOn.REFUSED_STREAM,
                                TrafficPolicy.RetryOn.RESET_BEFORE_REQUEST),
                        List.of(),
                        Optional.of(new TrafficPolicy.Backoff(Duration.ofMillis(25), Duration.ofMillis(250)))));
        assertThat(policy.routes())
                .startsWith(new TrafficPolicy.Route(
                        "testers",
                        List.of(new TrafficPolicy.Match(
                                Optional.of(new StringMatch.Regex("/a.*")),
                                Optional.empty(),
                                List.of(
                                        new TrafficPolicy.Field("x-user", new StringMatch.Exact("alice")),
                                        new TrafficPolicy.Field("x-any", new StringMatch.Present())),
                                List.of())),
                        List.of(
                                new TrafficPolicy.Backend(Optional.of("v2"), 1),
                                new TrafficPolicy.Backend(Optional.empty(), 9)),
                        Optional.of(new TrafficPolicy.Timeouts(
                                Optional.of(Duration.ofMinutes(90)), Optional.empty(), Optional.empty())),
                        Optional.empty()));
    }

    @Test
    void whatATrafficPolicySaysOfEndpointsIsReadWhole() {
        var policy = PolicyIngest.trafficPolicy(Yaml.read(dev.selvedge.api.v1alpha1.TrafficPolicy.class, """
                metadata: {namespace: shop, name: reviews}
                spec:
                  targetRefs: [{kind: Service, name: reviews}]
                  loadBalancing: {algorithm: Maglev, hash: [{type: Cookie, name: s, ttl: 1h}, {type: Source}], panicPercent: 0, locality: {mode: Weighted, weights: [{from: a, to: {b: 1}}]}}
                  circuitBreaking:
                    maxRequests: 5
                    outliers: {consecutive5xx: 3, successRate: {}, failurePercentage: {percent: 50}}
                  connections: {idle: 10m, keepAlive: {probes: 2}, upgrade: HTTP2}
                  healthCheck: {type: HTTP, unhealthyAfter: 3}
                  release: {strategy: Canary, stable: v1, next: v2, sticky: {cookie: session}}
                  timeouts: {stream: 1h}
                  retries:
                    attempts: 1
                    when: [GrpcUnavailable]
                    methods: [POST]
                    codes: [429]
                    rateLimitedBackoff: {headers: [{name: Retry-After}]}
                    budget: {percent: 50}
                """))
                .orElseThrow();

        assertThat(policy.release())
                .contains(new Release.Canary(
                        "v1",
                        "v2",
                        0,
                        Optional.of(new HashKey(HashKey.Type.COOKIE, Optional.of("session"), Optional.empty()))));
        assertThat(policy.healthCheck())
                .contains(new HealthCheck(
                        new HealthCheck.Protocol.Http("/"), Duration.ofSeconds(10), Duration.ofSeconds(1), 3, 1));
        assertThat(policy.timeouts().orElseThrow().stream()).contains(Duration.ofHours(1));
        assertThat(policy.retries())
                .contains(new TrafficPolicy.Retries(
                        1,
                        List.of(TrafficPolicy.RetryOn.GRPC_UNAVAILABLE),
                        List.of("POST"),
                        List.of(429),
                        Optional.empty(),
                        Optional.of(new TrafficPolicy.RateLimitedBackoff(
                                List.of(new TrafficPolicy.ResetHeader(
                                        "Retry-After", TrafficPolicy.ResetHeader.Format.SECONDS)),
                                Duration.ofMinutes(5))),
                        Optional.of(new TrafficPolicy.Budget(50, 10))));

        assertThat(policy.loadBalancing())
                .contains(new LoadBalancing(
                        Optional.of(LoadBalancing.Algorithm.MAGLEV),
                        List.of(
                                new HashKey(HashKey.Type.COOKIE, Optional.of("s"), Optional.of(Duration.ofHours(1))),
                                new HashKey(HashKey.Type.SOURCE, Optional.empty(), Optional.empty())),
                        Optional.empty(),
                        Optional.of(0),
                        Optional.of(new LoadBalancing.Locality(
                                LoadBalancing.Locality.Mode.WEIGHTED,
                                List.of(),
                                List.of(new LoadBalancing.Locality.Weights("a", Map.of("b", 1)))))));
        assertThat(policy.circuitBreaking())
                .contains(new CircuitBreaking(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(5),
                        Optional.of(new CircuitBreaking.Outliers(
                                Optional.of(3),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(new CircuitBreaking.SuccessRate(190, 5, 100)),
                                Optional.of(new CircuitBreaking.FailurePercentage(50, 5, 50)),
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(30),
                                Duration.ofMinutes(5),
                                10))));
        assertThat(policy.connections())
                .contains(new Connections(
                        Optional.empty(),
                        Optional.of(Duration.ofMinutes(10)),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(new Connections.KeepAlive(Duration.ofSeconds(60), Duration.ofSeconds(15), 2)),
                        Optional.of(Connections.Upgrade.HTTP2)));
    }

    @Test
    void anAuthorizationPolicyIsReadWholeAndCallersAreOfItsOwnNamespaceByDefault() {
        var policy = PolicyIngest.authorizationPolicy(
                        Yaml.read(dev.selvedge.api.v1alpha1.AuthorizationPolicy.class, """
                metadata: {namespace: shop, name: ratings}
                spec:
                  targetRefs: [{kind: Service, name: ratings}, {kind: Pod, selector: {}}]
                  action: Deny
                  rules:
                  - name: r
                    from:
                    - serviceAccounts: [{name: reviews}, {namespace: other, name: x}]
                      namespaces: [n]
                      ipBlocks: [10.0.0.0/8]
                    to: [{methods: [GET], ports: [9080], paths: [{type: Prefix, value: /ratings}]}]
                """))
                .orElseThrow();

        assertThat(policy.targets())
                .containsExactly(
                        new AuthorizationPolicy.Target.ServiceTarget("ratings"),
                        new AuthorizationPolicy.Target.PodTarget(LabelSelector.labels(Map.of())));
        assertThat(policy.action()).isEqualTo(AuthorizationPolicy.Action.DENY);
        assertThat(policy.rules())
                .containsExactly(new AuthorizationPolicy.Rule(
                        "r",
                        List.of(new AuthorizationPolicy.Source(
                                List.of(new ObjectName("shop", "reviews"), new ObjectName("other", "x")),
                                List.of("n"),
                                List.of("10.0.0.0/8"))),
                        List.of(new AuthorizationPolicy.Operation(
                                List.of(9080), List.of("GET"), List.of(new StringMatch.Prefix("/ratings"))))));
    }
}
