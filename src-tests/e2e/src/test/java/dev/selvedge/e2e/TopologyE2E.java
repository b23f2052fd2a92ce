// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.time.Duration;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who calls whom, as real proxies report it: once a minute, and the status is looked at as often. */
@E2E
@Tag("soak")
final class TopologyE2E {
    private final Kubectl kubectl;

    TopologyE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    @Test
    void the_status_and_the_metrics_say_who_calls() {
        await("the client calls reviews").atMost(Duration.ofMinutes(5)).untilAsserted(() -> {
            Shop.get(kubectl, Shop.REVIEWS);
            var topology = kubectl.json("get", "meshes.selvedge.dev", "default")
                    .path("status")
                    .path("topology");
            assertThat(destination(topology, "shop/reviews").path("calledBy").toString())
                    .contains("\"shop/client\"");
        });
        assertThat(operators()).anySatisfy(pod -> assertThat(kubectl.run(
                        "get", "--raw", "/api/v1/namespaces/selvedge-system/pods/" + pod + ":8080/proxy/q/metrics"))
                .contains("selvedge_topology_requests_total{caller=\"client\",caller_namespace=\"shop\",")
                .containsPattern("selvedge_topology_may_call\\{caller=\"\\*\".*service=\"reviews\"} 1.0"));
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
