// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A pod whose key its kubelet made, beside pods whose keys the operator made. */
@E2E
final class PodCertificateE2E {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Kubectl kubectl;

    PodCertificateE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    @AfterEach
    void asBefore() {
        provisioning("ControlPlane");
        restart("ratings");
        restart("reviews-v1");
    }

    @Test
    void pods_with_keys_of_their_kubelets_talk_to_each_other_and_to_the_others() {
        provisioning("PodCertificate");
        await("the API is offered").atMost(PATIENCE).until(() -> Shop.condition(
                        kubectl.json("get", "meshes.selvedge.dev", "default"), "PodCertificates")
                .path("status")
                .asText()
                .equals("True"));
        restart("ratings");
        restart("reviews-v1");

        for (String app : List.of("ratings", "reviews")) {
            JsonNode pod = kubectl.json("get", "pods", "-n", Shop.NAMESPACE, "-l", "app=" + app);
            assertThat(pod.toString()).as(app).contains("selvedge-credentials", "\"signerName\":\"selvedge.dev/mesh\"");
        }
        Shop.awaitCode(kubectl, Shop.RATINGS, "200");
        JsonNode answer = Shop.get(kubectl, Shop.RATINGS + "headers", "--print");
        assertThat(answer.path("sample").toString()).contains("URI=spiffe://cluster.local/ns/shop/sa/client");
        // reviews calls ratings: both ends have keys of their kubelets.
        Shop.awaitCode(kubectl, Shop.REVIEWS, "200");

        JsonNode requests = kubectl.json("get", "podcertificaterequests", "-n", Shop.NAMESPACE);
        assertThat(requests.path("items")).isNotEmpty().allSatisfy(request -> {
            assertThat(request.at("/status/conditions/0/type").asText()).isEqualTo("Issued");
            assertThat(request.toString()).doesNotContain("PRIVATE KEY");
        });
        for (JsonNode secret :
                kubectl.json("get", "secrets", "-n", Shop.NAMESPACE).path("items")) {
            secret.path("data").forEach(value -> assertThat(
                            new String(Base64.getDecoder().decode(value.asText()), StandardCharsets.ISO_8859_1))
                    .doesNotContain("PRIVATE KEY"));
        }
    }

    private void provisioning(String value) {
        kubectl.patchMesh("{\"spec\":{\"identity\":{\"provisioning\":\"" + value + "\"}}}");
    }

    private void restart(String deployment) {
        kubectl.run("-n", Shop.NAMESPACE, "rollout", "restart", "deployment/" + deployment);
        kubectl.run("-n", Shop.NAMESPACE, "rollout", "status", "deployment/" + deployment, "--timeout=180s");
    }
}
