// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.LabelSelector;
import dev.selvedge.compiler.snapshot.Meta;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GatewayIngestTest {
    @Test
    void aGatewayOfOurClassIsReadWithItsListeners() {
        var gateway = gateway("""
                metadata: {namespace: shop, name: edge, uid: u, generation: 3, creationTimestamp: "2026-01-01T00:00:00Z"}
                spec:
                  gatewayClassName: selvedge
                  listeners:
                  - {name: web, port: 80, protocol: HTTP}
                  - name: all
                    port: 8080
                    protocol: HTTP
                    hostname: "*.example.com"
                    allowedRoutes: {namespaces: {from: All}}
                  - name: some
                    port: 8081
                    protocol: HTTPS
                    allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: shop}}}}
                """);

        assertThat(gateway)
                .contains(new Gateway(
                        new Meta(new ObjectName("shop", "edge"), "u", 3, 1767225600),
                        List.of(
                                new Gateway.Listener(
                                        "web", 80, "HTTP", Optional.empty(), new Gateway.AllowedNamespaces.Same()),
                                new Gateway.Listener(
                                        "all",
                                        8080,
                                        "HTTP",
                                        Optional.of("*.example.com"),
                                        new Gateway.AllowedNamespaces.All()),
                                new Gateway.Listener(
                                        "some",
                                        8081,
                                        "HTTPS",
                                        Optional.empty(),
                                        new Gateway.AllowedNamespaces.Matching(
                                                LabelSelector.labels(Map.of("team", "shop")))))));
    }

    @Test
    void aGatewayOfAnotherClassIsNotOurs() {
        assertThat(gateway("{metadata: {namespace: a, name: b}, spec: {gatewayClassName: other, listeners: []}}"))
                .isEmpty();
    }

    private static Optional<Gateway> gateway(String yaml) {
        return GatewayIngest.gateway(Yaml.read(io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway.class, yaml));
    }

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
                        new HttpRoute.Parent(new ObjectName("shop", "edge"), Optional.of("web"), Optional.empty()));
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
                  retry: {attempts: 1}
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
                        "retry",
                        "sessionPersistence");
    }

    private static HttpRoute route(String spec) {
        var yaml = "metadata: {namespace: shop, name: it}\nspec:\n" + spec.indent(2);
        return GatewayIngest.httpRoute(Yaml.read(HTTPRoute.class, yaml)).orElseThrow();
    }
}
