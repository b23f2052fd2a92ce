// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@E2E
final class MutualTlsE2E {
    private static final String OUTSIDER = """
            apiVersion: v1
            kind: Namespace
            metadata: {name: outside}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {namespace: outside, name: client}
            spec:
              selector: {matchLabels: {app: client}}
              template:
                metadata: {labels: {app: client}}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                  - {name: app, image: "selvedge.dev/sample:dev", imagePullPolicy: IfNotPresent, args: [idle]}
            """;

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int ECHO_PORT = 8080;

    private final Kubectl kubectl;

    MutualTlsE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    @AfterEach
    void strictAgain() {
        mode("Strict");
    }

    @Test
    void a_server_sees_the_spiffe_identity_of_its_caller() {
        JsonNode answer = Shop.get(kubectl, Shop.REVIEWS + "headers", "--print");

        assertThat(answer.path("sample").toString())
                .contains("URI=spiffe://cluster.local/ns/shop/sa/client")
                .doesNotContain("x-selvedge");
    }

    @Test
    void a_caller_cannot_forge_its_identity_or_its_destination() {
        JsonNode answer = Shop.get(
                kubectl,
                Shop.REVIEWS + "headers",
                "--print",
                "--header",
                "x-forwarded-client-cert=URI=spiffe://cluster.local/ns/shop/sa/admin",
                "--header",
                "x-selvedge-destination=10.0.0.1:80");

        assertThat(answer.path("codes").path("200").asInt()).isEqualTo(1);
        assertThat(answer.path("sample").toString())
                .contains("sa/client")
                .doesNotContain("sa/admin")
                .doesNotContain("10.0.0.1:80");
    }

    @Test
    void plaintext_is_refused_under_strict_and_accepted_under_permissive() {
        kubectl.apply(OUTSIDER);
        kubectl.run("-n", "outside", "rollout", "status", "deployment/client", "--timeout=120s");
        try {
            String url = "http://reviews.shop:9080/";
            assertThat(kubectl.client("outside", "client", "client", "get", url)
                            .path("codes")
                            .path("200")
                            .asInt())
                    .isZero();

            mode("Permissive");

            await("plaintext is accepted")
                    .atMost(PATIENCE)
                    .until(() -> kubectl.client("outside", "client", "client", "get", url)
                                    .path("codes")
                                    .path("200")
                                    .asInt()
                            == 1);
        } finally {
            kubectl.delete(OUTSIDER);
        }
    }

    @Test
    void a_client_under_an_additional_anchor_is_let_in_while_all_that_are_listed_can_be_used(@TempDir Path folder)
            throws IOException {
        OwnAuthority other = new OwnAuthority(folder, "other");
        Outsider outsider = other.workload("spiffe://cluster.local/ns/elsewhere/sa/guest");
        String echo = new Lab(kubectl).podAddresses("echo").getFirst();
        assertThat(outsider.get(echo, ECHO_PORT, "/headers")).as("before").isEmpty();

        try {
            list(other.certificate("root"));
            kubectl.patchMesh("{\"spec\":{\"identity\":{\"trustBundle\":{\"source\":\"ConfigMap\"}}}}");
            await("it is let in").atMost(PATIENCE).untilAsserted(() -> assertThat(
                            outsider.get(echo, ECHO_PORT, "/headers"))
                    .get()
                    .asString()
                    .startsWith("HTTP/1.1 200")
                    .contains("URI=spiffe://cluster.local/ns/elsewhere/sa/guest"));

            list(other.certificate("root") + other.certificate("issuer"));
            await("one that is no anchor is refused").atMost(PATIENCE).untilAsserted(() -> {
                JsonNode healthy =
                        Shop.condition(kubectl.json("get", "meshes.selvedge.dev", "default"), "TrustHealthy");
                assertThat(healthy.path("reason").asText()).isEqualTo("BundleRefused");
                assertThat(healthy.path("message").asText())
                        .contains("\"CN=issuer of other\"", "The additional trust anchors of before stay.");
            });
            assertThat(outsider.get(echo, ECHO_PORT, "/headers"))
                    .as("those of before stay")
                    .isPresent();
        } finally {
            kubectl.patchMesh("{\"spec\":{\"identity\":{\"trustBundle\":{\"source\":\"None\"}}}}");
        }
        await("it is let in no more").atMost(PATIENCE).until(() -> outsider.get(echo, ECHO_PORT, "/headers")
                .isEmpty());
        new Lab(kubectl).awaitCaller("200", "get", "http://echo/");
    }

    private void list(String anchors) {
        kubectl.apply("""
                apiVersion: v1
                kind: ConfigMap
                metadata: {namespace: selvedge-system, name: selvedge-additional-anchors}
                data:
                  ca.crt: |
                %s
                """.formatted(anchors.indent(4)));
    }

    private void mode(String mode) {
        kubectl.patchMesh("{\"spec\":{\"mtls\":{\"mode\":\"" + mode + "\"}}}");
    }
}
