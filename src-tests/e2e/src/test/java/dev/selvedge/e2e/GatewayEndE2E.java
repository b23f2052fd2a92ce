// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A gateway's pods come and go, and nobody outside notices. */
@E2E
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class GatewayEndE2E {
    private static final String OWNED = "edge-selvedge";
    private static final String GATEWAY = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {namespace: lab, name: edge}
            spec:
              gatewayClassName: selvedge
              listeners: [{name: http, port: 80, protocol: HTTP}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {namespace: lab, name: edge}
            spec:
              parentRefs: [{name: edge}]
              rules: [{backendRefs: [{name: echo, port: 80}]}]
            """;

    private final Kubectl kubectl;
    private String url = "";

    GatewayEndE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    @BeforeAll
    void open() {
        kubectl.apply(GATEWAY);
        await("the gateway's Deployment exists").atMost(Duration.ofSeconds(30)).until(() -> kubectl.tryRun(
                        "get", "-n", Lab.NAMESPACE, "deployment", OWNED)
                .ok());
        kubectl.run("-n", Lab.NAMESPACE, "rollout", "status", "deployment/" + OWNED, "--timeout=120s");
        url = NodePorts.of(kubectl, Lab.NAMESPACE, OWNED);
        await("the gateway answers").atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            HostLoad once = new HostLoad();
            try (once) {
                once.newConnections(url + "/", Duration.ofSeconds(1));
            }
            assertThat(once.answered()).isEqualTo(1);
        });
    }

    @AfterAll
    void remove() {
        kubectl.delete(GATEWAY);
    }

    @Test
    void no_request_fails_while_a_gateway_rolls_not_even_a_slow_one() {
        String old = kubectl.run(
                "-n",
                Lab.NAMESPACE,
                "get",
                "pod",
                "-l",
                "selvedge.dev/proxy=Gateway",
                "-o",
                "jsonpath={.items[0].metadata.name}");
        HostLoad load = new HostLoad();
        try (load) {
            load.keptConnection(url + "/", Duration.ofMillis(20))
                    .keptConnection(url + "/", Duration.ofMillis(20))
                    .newConnections(url + "/", Duration.ofMillis(50))
                    // Longer than the gateway goes on accepting, so that some outlast it.
                    .overlapping(url + "/delay/13s", Duration.ofMillis(500));
            await("the load flows").until(() -> load.answered() > 20);

            kubectl.run("-n", Lab.NAMESPACE, "rollout", "restart", "deployment/" + OWNED);
            kubectl.run("-n", Lab.NAMESPACE, "rollout", "status", "deployment/" + OWNED, "--timeout=120s");
            kubectl.run("-n", Lab.NAMESPACE, "wait", "pod/" + old, "--for=delete", "--timeout=90s");
            int then = load.answered();
            await("the new pod serves").until(() -> load.answered() > then + 20);
        }

        assertThat(load.failures()).isEmpty();
        assertThat(load.answered()).isGreaterThan(500);
    }
}
