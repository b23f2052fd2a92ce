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

        kubectl.run("delete", "meshes.selvedge.dev", "default", "--wait", "--timeout=60s");

        await("nothing that the Mesh owned is left")
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(kubectl.run(
                                "get",
                                "configmaps,jobs,mutatingwebhookconfigurations,validatingwebhookconfigurations",
                                "-A",
                                "-l",
                                "selvedge.dev/owned-by=default",
                                "-o",
                                "name"))
                        .isBlank());
        assertThat(Shop.get(kubectl, Shop.REVIEWS, "--count", "50")
                        .path("failed")
                        .asInt())
                .isZero();
    }
}
