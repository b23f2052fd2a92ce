// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.RouteActions;
import dev.selvedge.compiler.snapshot.RouteActions.HeaderChanges;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RouteIngestTest {
    @Test
    void aRouteIsReadWithMatchesBackendsAndTimeouts() {
        var route = route("""
                parentRefs: [{name: edge, sectionName: web}, {kind: Service, group: "", name: reviews}]
                hostnames: [shop.example.com]
                rules:
                - matches:
                  - path: {type: PathPrefix, value: /api}
                    method: GET
                    headers: [{name: x-user, value: alice}]
                    queryParams: [{name: v, type: RegularExpression, value: "[0-9]+"}]
                  timeouts: {request: 10s, backendRequest: 1m30s}
                  backendRefs: [{name: reviews, port: 9080, weight: 3}, {kind: Bucket, group: s3, name: files, namespace: x}]
                """);

        assertThat(route.parents())
                .containsExactly(
                        new HttpRoute.Parent.ToGateway(
                                new ObjectName("shop", "edge"), Optional.of("web"), Optional.empty()),
                        new HttpRoute.Parent.ToService(new ObjectName("shop", "reviews"), Optional.empty()));
        assertThat(route.hostnames()).containsExactly("shop.example.com");
        assertThat(route.rules())
                .containsExactly(new HttpRoute.Rule(
                        List.of(new TrafficPolicy.Match(
                                Optional.of(new StringMatch.Prefix("/api")),
                                Optional.of("GET"),
                                List.of(new TrafficPolicy.Field("x-user", new StringMatch.Exact("alice"))),
                                List.of(new TrafficPolicy.Field("v", new StringMatch.Regex("[0-9]+"))))),
                        List.of(
                                new HttpRoute.Backend(
                                        "/Service", new ObjectName("shop", "reviews"), Optional.of(9080), 3),
                                new HttpRoute.Backend("s3/Bucket", new ObjectName("x", "files"), Optional.empty(), 1)),
                        Optional.of(new TrafficPolicy.Timeouts(
                                Optional.of(Duration.ofSeconds(10)),
                                Optional.of(Duration.ofSeconds(90)),
                                Optional.empty())),
                        List.of()));
    }

    @Test
    void whatARouteAsksBeyondOurMeansIsNamed() {
        var route = route("""
                rules:
                - filters: [{type: RequestMirror}]
                  sessionPersistence: {sessionName: x}
                  matches: [{path: {type: Glob, value: /}}]
                  backendRefs:
                  - {name: a, port: 1}
                  - {name: b, port: 1, filters: [{type: URLRewrite}]}
                """);

        assertThat(route.rules().getFirst().unsupported())
                .containsExactly(
                        "matches.path.type Glob",
                        "filters[0] (RequestMirror)",
                        "backendRefs[1].filters[0] (URLRewrite)",
                        "sessionPersistence");
    }

    @Test
    void filtersBecomeActions() {
        var rule = route("""
                rules:
                - name: named
                  filters:
                  - type: RequestHeaderModifier
                    requestHeaderModifier: {set: [{name: x-a, value: "1"}], add: [{name: x-b, value: "2"}], remove: [x-c]}
                  - {type: ResponseHeaderModifier, responseHeaderModifier: {remove: [x-d]}}
                  - {type: URLRewrite, urlRewrite: {hostname: other, path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}}}
                  - {type: RequestMirror, requestMirror: {backendRef: {name: copy, port: 80}, percent: 10}}
                  - {type: RequestMirror, requestMirror: {backendRef: {name: copy, port: 81}, fraction: {numerator: 1, denominator: 3}}}
                  - type: CORS
                    cors: {allowOrigins: ["https://a.com", "https://*.b.com", "*"], allowMethods: [GET], maxAge: 5}
                  backendRefs:
                  - name: a
                    port: 1
                    filters: [{type: RequestHeaderModifier, requestHeaderModifier: {remove: [x-e]}}]
                """).rules().getFirst();

        var copy = new ObjectName("shop", "copy");
        assertThat(rule)
                .isEqualTo(new HttpRoute.Rule(
                        Optional.of("named"),
                        List.of(),
                        List.of(new HttpRoute.Backend(
                                "/Service",
                                new ObjectName("shop", "a"),
                                Optional.of(1),
                                1,
                                new HeaderChanges(List.of(), List.of(), List.of("x-e")),
                                HeaderChanges.NONE)),
                        Optional.empty(),
                        Optional.empty(),
                        new RouteActions(
                                Optional.empty(),
                                Optional.of(new RouteActions.Rewrite(
                                        Optional.of("other"), Optional.of(new RouteActions.PathChange.Prefix("/new")))),
                                new HeaderChanges(
                                        List.of(new RouteActions.Header("x-a", "1")),
                                        List.of(new RouteActions.Header("x-b", "2")),
                                        List.of("x-c")),
                                new HeaderChanges(List.of(), List.of(), List.of("x-d")),
                                Optional.of(new RouteActions.Cors(
                                        List.of(
                                                new StringMatch.Exact("https://a.com"),
                                                new StringMatch.Regex("https://.*\\.b\\.com"),
                                                new StringMatch.Present()),
                                        false,
                                        List.of("GET"),
                                        List.of(),
                                        List.of(),
                                        Optional.of(Duration.ofSeconds(5))))),
                        List.of(
                                new HttpRoute.Mirror(
                                        new HttpRoute.Backend("/Service", copy, Optional.of(80), 1),
                                        RouteActions.Share.percent(10)),
                                new HttpRoute.Mirror(
                                        new HttpRoute.Backend("/Service", copy, Optional.of(81), 1),
                                        new RouteActions.Share(333_333))),
                        List.of()));
    }

    @Test
    void aRuleRetriesWhatItNames() {
        var rule = route("""
                rules:
                - retry: {attempts: 3, codes: [500, 503], backoff: 100ms}
                - retry: {codes: [503]}
                """).rules();

        assertThat(rule.getFirst().retries())
                .contains(new TrafficPolicy.Retries(
                        3,
                        List.of(),
                        List.of(),
                        List.of(500, 503),
                        Optional.of(new TrafficPolicy.Backoff(Duration.ofMillis(100), Duration.ofSeconds(1))),
                        Optional.empty(),
                        Optional.empty()));
        assertThat(rule.getLast().retries().orElseThrow().attempts()).isEqualTo(2);
    }

    @Test
    void aRedirectIsAnAnswer() {
        var rule = route("""
                rules:
                - filters:
                  - type: RequestRedirect
                    requestRedirect: {scheme: https, port: 8443, path: {type: ReplaceFullPath, replaceFullPath: /x}}
                """).rules().getFirst();

        assertThat(rule.actions().answer())
                .contains(new RouteActions.Answer.Redirect(
                        Optional.of("https"),
                        Optional.empty(),
                        Optional.of(8443),
                        Optional.of(new RouteActions.PathChange.Full("/x")),
                        302));
    }

    @Test
    void methodsOfGrpcArePaths() {
        var route = RouteIngest.grpcRoute(Yaml.read(GRPCRoute.class, """
                metadata: {namespace: shop, name: it}
                spec:
                  parentRefs: [{kind: Service, group: "", name: reviews, port: 9080}]
                  rules:
                  - matches:
                    - {method: {service: a.B, method: C}, headers: [{name: x, value: "1"}]}
                    - {method: {service: a.B}}
                    - {method: {method: C}}
                    - {method: {type: RegularExpression, service: "a[.].*", method: C|D}}
                    backendRefs: [{name: reviews, port: 9080, weight: 7}]
                """)).orElseThrow();

        assertThat(route.kind()).isEqualTo(Kind.GRPC_ROUTE);
        assertThat(route.rules().getFirst().matches())
                .extracting(match -> match.path().orElseThrow())
                .containsExactly(
                        new StringMatch.Exact("/a.B/C"),
                        new StringMatch.Prefix("/a.B"),
                        new StringMatch.Regex("/[^/]+/C"),
                        new StringMatch.Regex("/(?:a[.].*)/(?:C|D)"));
        assertThat(route.rules().getFirst().backends())
                .containsExactly(
                        new HttpRoute.Backend("/Service", new ObjectName("shop", "reviews"), Optional.of(9080), 7));
    }

    private static HttpRoute route(String spec) {
        var yaml = "metadata: {namespace: shop, name: it}\nspec:\n" + spec.indent(2);
        return RouteIngest.httpRoute(Yaml.read(HTTPRoute.class, yaml)).orElseThrow();
    }
}
