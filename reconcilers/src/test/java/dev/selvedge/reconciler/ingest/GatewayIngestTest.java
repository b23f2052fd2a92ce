// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.LabelSelector;
import dev.selvedge.compiler.snapshot.Meta;
import dev.selvedge.compiler.snapshot.ObjectName;
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
                    allowedRoutes: {namespaces: {from: All}, kinds: [{kind: GRPCRoute}, {group: a.b, kind: C}]}
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
                                        new Gateway.AllowedNamespaces.All(),
                                        List.of("gateway.networking.k8s.io/GRPCRoute", "a.b/C")),
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
}
