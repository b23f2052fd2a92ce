// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@E2E
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class GatewayE2E {
    private static final String OWNED = "storefront-selvedge";
    private final Kubectl kubectl;

    GatewayE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    @BeforeAll
    void applyTheSample() {
        kubectl.run("apply", "--server-side", "-f", "config/samples/gateway.yaml");
        await("the gateway's Deployment exists").atMost(Duration.ofSeconds(30)).until(() -> kubectl.tryRun(
                        "get", "-n", Shop.NAMESPACE, "deployment", OWNED)
                .ok());
        kubectl.run("-n", Shop.NAMESPACE, "rollout", "status", "deployment/" + OWNED, "--timeout=120s");
    }

    @AfterAll
    void remove() {
        kubectl.run("delete", "--ignore-not-found", "--wait", "-f", "config/samples/gateway.yaml");
    }

    @Test
    void the_shop_is_reached_from_outside_and_the_gateway_has_an_identity_of_its_own() {
        String address = NodePorts.of(kubectl, Shop.NAMESPACE, OWNED);

        JsonNode page = await("the storefront answers through the gateway")
                .atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> get(address + "/headers"), answer -> answer.statusCode() == 200)
                .body()
                .transform(Kubectl::parse);

        assertThat(page.toString()).contains("spiffe://cluster.local/ns/shop/sa/" + OWNED);
        // Another test may have had the gateway rolled a moment ago, and it serves all the while.
        await("the gateway is Programmed").atMost(Duration.ofSeconds(60)).until(() -> Shop.condition(
                        gateway(), "Programmed")
                .path("status")
                .asText()
                .equals("True"));
        JsonNode route = kubectl.json("get", "-n", Shop.NAMESPACE, "httproute", "storefront");
        assertThat(route.path("status").path("parents").toString())
                .contains("selvedge.dev/gateway-controller")
                .contains("Accepted");
    }

    @Test
    void its_class_is_accepted() {
        kubectl.run("wait", "gatewayclass/selvedge", "--for=condition=Accepted", "--timeout=60s");
    }

    @Test
    void a_deployment_edited_by_hand_comes_back_and_an_event_says_who_did_it() {
        kubectl.run(
                "-n",
                Shop.NAMESPACE,
                "patch",
                "deployment",
                OWNED,
                "--field-manager=intruder",
                "--type=json",
                "-p",
                "[{\"op\":\"replace\",\"path\":\"/spec/template/spec/containers/0/image\",\"value\":\"example.invalid/other:1\"}]");

        await("the image is ours again").atMost(Duration.ofSeconds(15)).untilAsserted(() -> assertThat(kubectl.run(
                        "-n",
                        Shop.NAMESPACE,
                        "get",
                        "deployment",
                        OWNED,
                        "-o",
                        "jsonpath={.spec.template.spec.containers[0].image}"))
                .contains("selvedge.dev/proxy"));
        await("an Event tells").atMost(Duration.ofSeconds(15)).untilAsserted(() -> assertThat(
                        kubectl.run("-n", Shop.NAMESPACE, "get", "events", "-o", "jsonpath={.items[*].message}"))
                .contains("intruder")
                .contains("image"));
    }

    @Test
    void a_deleted_service_comes_back() {
        kubectl.run("-n", Shop.NAMESPACE, "delete", "service", OWNED, "--wait");

        await("the Service is back").atMost(Duration.ofSeconds(15)).until(() -> kubectl.tryRun(
                        "-n", Shop.NAMESPACE, "get", "service", OWNED)
                .ok());
    }

    private JsonNode gateway() {
        return kubectl.json("get", "-n", Shop.NAMESPACE, "gateway", "storefront");
    }

    private static HttpResponse<String> get(String url) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create(url))
                            .timeout(Duration.ofSeconds(5))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }
}
