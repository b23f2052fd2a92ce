// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A limit that two pods share, counted by the service that the operator runs when the Mesh asks for it. */
@E2E
final class GlobalRateLimitE2E {
    private static final String SAMPLE = "config/samples/rate-limits-global.yaml";
    private static final String SERVICE = "selvedge-rate-limit";

    private final Kubectl kubectl;

    GlobalRateLimitE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    @AfterEach
    void remove() {
        kubectl.run("delete", "--wait", "--ignore-not-found", "-f", SAMPLE);
        mesh("null");
    }

    @Test
    void pods_count_together_and_the_service_goes_when_nobody_wants_it() {
        kubectl.run("apply", "--server-side", "-f", SAMPLE);
        Shop.awaitCondition(kubectl, "trafficpolicy", "reviews-together", "ResolvedRefs", "False", "BackendNotFound");

        mesh("{\"source\": \"Managed\", \"namespace\": \"shop\"}");
        Shop.awaitCondition(kubectl, "trafficpolicy", "reviews-together", "ResolvedRefs", "True", "ResolvedRefs");
        kubectl.run("-n", "shop", "rollout", "status", "deployment/" + SERVICE, "--timeout=120s");
        // Until the proxies reach it, requests pass: nobody counts yet.
        Kubectl.await(
                "somebody counts",
                () -> Shop.get(kubectl, Shop.REVIEWS, "--count", "10", "--new-connections")
                                .path("codes")
                                .path("429")
                                .asInt()
                        > 0);

        var answer = Shop.get(kubectl, Shop.REVIEWS, "--count", "20", "--new-connections", "--print");

        assertThat(answer.path("codes").path("429").asInt())
                .as("both pods of reviews refuse, since one count holds for both: " + answer)
                .isEqualTo(20);
        assertThat(answer.path("sample").toString()).contains("shop/reviews-together/together");

        assertThat(kubectl.run("-n", "shop", "get", "pods", "-l", "app=reviews", "-o", "name")
                        .lines())
                .anySatisfy(pod -> assertThat(kubectl.run(
                                "get",
                                "--raw",
                                "/api/v1/namespaces/shop/pods/" + pod.substring("pod/".length())
                                        + ":15020/proxy/metrics"))
                        .containsPattern("envoy_cluster_ratelimit_global_enforce_over_limit\\{.*} [1-9]"));

        kubectl.run("delete", "--wait", "-f", SAMPLE);
        Shop.awaitCode(kubectl, Shop.REVIEWS, "200");
        mesh("null");
        Kubectl.await("the service is gone", () -> kubectl.run(
                        "-n", "shop", "get", "deployments,services,serviceaccounts", "-o", "name")
                .lines()
                .noneMatch(name -> name.endsWith("/" + SERVICE)));
    }

    private void mesh(String service) {
        kubectl.run(
                "patch",
                "meshes.selvedge.dev",
                "default",
                "--type=merge",
                "-p",
                "{\"spec\": {\"rateLimitService\": " + service + "}}");
    }
}
