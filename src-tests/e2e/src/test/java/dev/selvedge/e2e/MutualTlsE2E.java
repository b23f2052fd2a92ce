// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

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

            org.awaitility.Awaitility.await()
                    .atMost(java.time.Duration.ofSeconds(30))
                    .until(() -> kubectl.client("outside", "client", "client", "get", url)
                                    .path("codes")
                                    .path("200")
                                    .asInt()
                            == 1);
        } finally {
            kubectl.delete(OUTSIDER);
        }
    }

    private void mode(String mode) {
        kubectl.patchMesh("{\"spec\":{\"mtls\":{\"mode\":\"" + mode + "\"}}}");
    }
}
