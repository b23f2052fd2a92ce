// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@E2E
final class MeshE2E {
    private final Kubectl kubectl;

    MeshE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    @Test
    void kubectl_get_mesh_says_what_a_person_wants_to_know() {
        await("every proxy of the shop is connected and current")
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> {
                    JsonNode proxies = mesh().path("status").path("proxies");
                    assertThat(proxies.path("connected").asInt()).isGreaterThanOrEqualTo(6);
                    assertThat(proxies.path("current").asInt())
                            .isEqualTo(proxies.path("connected").asInt());
                });

        assertThat(kubectl.run("get", "meshes.selvedge.dev"))
                .contains("READY", "MTLS", "PROXIES", "TRUST", "NOT-INJECTED", "AGE")
                .containsPattern("default +True +Strict +");
        assertThat(mesh().path("status").path("trust").path("stage").asText()).isEqualTo("Stable");
        assertThat(Shop.condition(mesh(), "Ready").path("status").asText()).isEqualTo("True");
    }

    @Test
    void the_status_says_who_may_call_whom_and_where_the_proxies_are() {
        await("reviews is open to all").atMost(Duration.ofSeconds(90)).untilAsserted(() -> {
            var topology = mesh().path("status").path("topology");
            assertThat(TopologyE2E.destination(topology, "shop/reviews")
                            .path("mayCall")
                            .toString())
                    .isEqualTo("[{\"caller\":\"*\",\"extent\":\"Always\"}]");
            assertThat(topology.path("zones").findValuesAsText("proxies").stream()
                            .mapToInt(Integer::parseInt)
                            .sum())
                    .isGreaterThanOrEqualTo(6);
        });
    }

    @Test
    void the_operator_cannot_read_the_key_of_the_trust_anchor() {
        String subject = "--as=system:serviceaccount:selvedge-system:selvedge";

        assertThat(kubectl.tryRun(
                                "auth",
                                "can-i",
                                "get",
                                "secret/selvedge-trust-anchor",
                                "-n",
                                "selvedge-system",
                                subject)
                        .out()
                        .trim())
                .isEqualTo("no");
        assertThat(kubectl.tryRun("auth", "can-i", "list", "secrets", "--all-namespaces", subject)
                        .out()
                        .trim())
                .isEqualTo("no");
        assertThat(kubectl.tryRun(
                                "auth",
                                "can-i",
                                "get",
                                "secret/selvedge-issuer",
                                "-n",
                                "selvedge-system",
                                "--as=system:serviceaccount:selvedge-system:selvedge-rotation")
                        .out()
                        .trim())
                .isEqualTo("yes");
    }

    @Test
    void a_second_mesh_is_told_that_another_is_in_force() {
        String second = """
                apiVersion: selvedge.dev/v1alpha1
                kind: Mesh
                metadata: {name: second}
                spec: {members: {namespaceSelector: {matchLabels: {selvedge.dev/mesh: second}}}}
                """;
        kubectl.apply(second);
        try {
            await("Conflicted").atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                JsonNode ready = Shop.condition(kubectl.json("get", "meshes.selvedge.dev", "second"), "Ready");
                assertThat(ready.path("reason").asText()).isEqualTo("Conflicted");
                assertThat(ready.path("message").asText()).contains("default");
            });
        } finally {
            kubectl.delete(second);
        }
    }

    private JsonNode mesh() {
        return kubectl.json("get", "meshes.selvedge.dev", "default");
    }
}
