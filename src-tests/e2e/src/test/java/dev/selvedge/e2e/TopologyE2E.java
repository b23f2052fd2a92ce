// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who calls whom, as real proxies report it: once a minute, and the status is looked at as often. */
@E2E
final class TopologyE2E {
    private final Kubectl kubectl;
    private final Lab lab;

    TopologyE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
        lab = new Lab(kubectl);
    }

    @Test
    void the_status_and_the_metrics_say_who_calls() {
        awaitTopology("the client calls reviews", topology -> assertThat(
                        destination(topology, "shop/reviews").path("calledBy").toString())
                .contains("\"shop/client\""));
        assertThat(operators()).anySatisfy(pod -> assertThat(kubectl.run(
                        "get", "--raw", "/api/v1/namespaces/selvedge-system/pods/" + pod + ":8080/proxy/q/metrics"))
                .contains("selvedge_topology_requests_total{caller=\"client\",caller_namespace=\"shop\",")
                .containsPattern("selvedge_topology_may_call\\{caller=\"\\*\".*service=\"reviews\"} 1.0"));
    }

    /** Ports of the server in {@code workloads/}; nobody says anything of 180 and 191. */
    @Test
    void the_status_says_what_undeclared_ports_speak_until_they_are_declared() {
        awaitTopology("undeclared ports are named", topology -> {
            assertThat(undeclared(topology, 180)).isEqualTo("lab/echo speaks HTTP, declare appProtocol: http");
            assertThat(undeclared(topology, 191)).isEqualTo("lab/echo speaks TCP, declare appProtocol: tcp");
            assertThat(undeclared(topology, 80)).as("declared").isEmpty();
        });
        declare("http");
        try {
            awaitTopology("what is declared is not named", topology -> {
                assertThat(undeclared(topology, 180)).isEmpty();
                assertThat(undeclared(topology, 191)).isNotEmpty();
            });
        } finally {
            declare(null);
        }
    }

    private void declare(@Nullable String appProtocol) {
        kubectl.run(
                "-n",
                Lab.NAMESPACE,
                "patch",
                "service",
                "echo",
                "-p",
                "{\"spec\":{\"ports\":[{\"port\":180,\"appProtocol\":%s}]}}"
                        .formatted(appProtocol == null ? "null" : '"' + appProtocol + '"'));
    }

    /** Calls, and looks at what the status says. */
    private void awaitTopology(String what, Consumer<JsonNode> looksRight) {
        await(what)
                .atMost(Duration.ofMinutes(5))
                .pollInterval(Duration.ofSeconds(2))
                .untilAsserted(() -> {
                    Shop.get(kubectl, Shop.REVIEWS);
                    lab.caller("get", "http://echo:180/");
                    lab.caller("get", "http://echo:80/");
                    lab.caller("tcp", "echo:191", "hello");
                    looksRight.accept(kubectl.json("get", "meshes.selvedge.dev", "default")
                            .path("status")
                            .path("topology"));
                });
    }

    private static String undeclared(JsonNode topology, int port) {
        return StreamSupport.stream(topology.path("undeclaredPorts").spliterator(), false)
                .filter(found -> found.path("port").asInt() == port)
                .map(found -> found.path("service").asText() + " speaks "
                        + found.path("observed").asText() + ", declare "
                        + found.path("suggestion").asText())
                .findFirst()
                .orElse("");
    }

    private String[] operators() {
        return kubectl.run(
                        "-n",
                        "selvedge-system",
                        "get",
                        "pods",
                        "-l",
                        "app.kubernetes.io/component=operator",
                        "-o",
                        "jsonpath={.items[*].metadata.name}")
                .split(" ");
    }

    /** What a status says of a Service; missing when it says nothing. */
    static JsonNode destination(JsonNode topology, String service) {
        return StreamSupport.stream(topology.path("destinations").spliterator(), false)
                .filter(found -> found.path("service").asText().equals(service))
                .findFirst()
                .orElse(MissingNode.getInstance());
    }
}
