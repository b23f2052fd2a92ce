// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Runs after all others: it removes the Mesh. */
@E2E
@Order(Integer.MAX_VALUE)
final class UninstallE2E {
    private final Kubectl kubectl;

    UninstallE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    @Test
    void deleting_the_mesh_removes_what_it_owned_and_applications_keep_running() {
        Shop.awaitCode(kubectl, Shop.REVIEWS, "200");
        assertThat(owned()).contains("configmap/selvedge-trust");
        assertThat(owned().contains("clustertrustbundle"))
                .as("published where the cluster can")
                .isEqualTo(hasTrustBundles());

        kubectl.run("delete", "meshes.selvedge.dev", "default", "--wait", "--timeout=60s");

        await("nothing that the Mesh owned is left")
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(owned()).isBlank());
        assertThat(Shop.get(kubectl, Shop.REVIEWS, "--count", "50")
                        .path("failed")
                        .asInt())
                .isZero();
    }

    private String owned() {
        return kubectl.run(
                "get",
                "configmaps,jobs,mutatingwebhookconfigurations,validatingwebhookconfigurations"
                        + (hasTrustBundles() ? ",clustertrustbundles" : ""),
                "-A",
                "-l",
                "selvedge.dev/owned-by=default",
                "-o",
                "name");
    }

    private boolean hasTrustBundles() {
        return kubectl.run("api-resources", "--api-group=certificates.k8s.io", "-o", "name")
                .contains("clustertrustbundles");
    }
}
