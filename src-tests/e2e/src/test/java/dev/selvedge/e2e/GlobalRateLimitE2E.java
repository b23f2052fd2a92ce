// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A limit that two pods share, counted by a service that the operator runs, or by one that there is. */
@E2E
final class GlobalRateLimitE2E {
    private static final String SAMPLE = "config/samples/rate-limits-global.yaml";
    private static final String SERVICE = "selvedge-rate-limit";
    private static final String PROVIDED = "src-tests/e2e/workloads/counter.yaml";

    private final Kubectl kubectl;

    GlobalRateLimitE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    @AfterEach
    void remove() {
        kubectl.run("delete", "authorizationpolicies", "--all", "-n", "shop", "--wait");
        kubectl.run("delete", "trafficpolicies", "--all", "-n", "shop", "--wait");
        mesh("{\"rateLimitService\": null, \"authorization\": null}");
        kubectl.run("delete", "--wait", "--ignore-not-found", "-f", PROVIDED);
    }

    @Test
    void pods_count_together_and_the_service_goes_when_nobody_wants_it() {
        kubectl.run("apply", "--server-side", "-f", SAMPLE);
        Shop.awaitCondition(kubectl, "trafficpolicy", "reviews-together", "ResolvedRefs", "False", "BackendNotFound");

        mesh("{\"rateLimitService\": {\"source\": \"Managed\", \"namespace\": \"shop\"}}");
        Shop.awaitCondition(kubectl, "trafficpolicy", "reviews-together", "ResolvedRefs", "True", "ResolvedRefs");
        kubectl.run("-n", "shop", "rollout", "status", "deployment/" + SERVICE, "--timeout=120s");
        assertCounted();

        assertThat(kubectl.run("-n", "shop", "get", "pods", "-l", "app=reviews", "-o", "name")
                        .lines())
                .anySatisfy(pod -> assertThat(kubectl.run(
                                "get",
                                "--raw",
                                "/api/v1/namespaces/shop/pods/" + pod.substring("pod/".length())
                                        + ":15020/proxy/metrics"))
                        .containsPattern("envoy_cluster_ratelimit_global_enforce_over_limit\\{.*} [1-9]"));

        limitWhoCounts();
        denyByDefault();

        kubectl.run("delete", "--wait", "-f", SAMPLE);
        Shop.awaitCode(kubectl, Shop.REVIEWS, "200");
        mesh("{\"rateLimitService\": null}");
        Kubectl.await("the service is gone", () -> kubectl.run(
                        "-n", "shop", "get", "deployments,services,serviceaccounts", "-o", "name")
                .lines()
                .noneMatch(name -> name.endsWith("/" + SERVICE)));
    }

    @Test
    void a_service_that_there_is_can_count() {
        kubectl.run("apply", "--server-side", "-f", PROVIDED);
        kubectl.run("apply", "--server-side", "-f", SAMPLE);
        kubectl.run("-n", "lab", "rollout", "status", "deployment/counter", "--timeout=120s");

        mesh("{\"rateLimitService\":"
                + " {\"source\": \"Provided\", \"namespace\": \"lab\", \"name\": \"counter\", \"port\": 9081}}");
        Shop.awaitCondition(kubectl, "trafficpolicy", "reviews-together", "ResolvedRefs", "True", "ResolvedRefs");
        assertCounted();

        mesh("{\"rateLimitService\": null}");
        Shop.awaitCode(kubectl, Shop.REVIEWS, "200");
        assertThat(kubectl.run("-n", "lab", "get", "deployment", "counter", "-o", "name"))
                .contains("counter");
    }

    private void assertCounted() {
        // Until the proxies reach it, requests pass: nobody counts yet.
        Kubectl.await(
                "somebody counts",
                () -> Shop.get(kubectl, Shop.REVIEWS, "--count", "10", "--new-connections")
                                .path("codes")
                                .path("429")
                                .asInt()
                        > 0);
        assertRefused();
    }

    private void assertRefused() {
        var answer = Shop.get(kubectl, Shop.REVIEWS, "--count", "20", "--new-connections", "--print");
        assertThat(answer.path("codes").path("429").asInt())
                .as("both pods of reviews refuse, since one count holds for both: " + answer)
                .isEqualTo(20);
        assertThat(answer.path("sample").toString()).contains("shop/reviews-together/together");
    }

    /** Its proxy would ask about each question, without end. */
    private void limitWhoCounts() {
        kubectl.apply("""
                apiVersion: selvedge.dev/v1alpha1
                kind: TrafficPolicy
                metadata: {namespace: shop, name: itself}
                spec:
                  targetRefs: [{kind: Service, name: selvedge-rate-limit}]
                  rateLimits: [{name: itself, scope: Global, limit: {requests: 1, per: 1h}}]
                """);
        var condition =
                Shop.awaitCondition(kubectl, "trafficpolicy", "itself", "Accepted", "False", "UnsupportedValue");
        assertThat(condition.path("message").asText()).contains("use scope Local");
        assertRefused();
    }

    /** Who may call reviews is said, who may ask the service that counts is not. */
    private void denyByDefault() {
        kubectl.apply("""
                apiVersion: selvedge.dev/v1alpha1
                kind: AuthorizationPolicy
                metadata: {namespace: shop, name: reviews}
                spec:
                  targetRefs: [{kind: Service, name: reviews}]
                  action: Allow
                  rules: [{name: all}]
                """);
        Shop.awaitProgrammed(kubectl, "authorizationpolicy", "reviews");
        mesh("{\"authorization\": {\"default\": \"Deny\"}}");
        Shop.awaitCode(kubectl, Shop.RATINGS, "403");
        assertRefused();
        mesh("{\"authorization\": null}");
        Shop.awaitCode(kubectl, Shop.RATINGS, "200");
    }

    private void mesh(String spec) {
        kubectl.run("patch", "meshes.selvedge.dev", "default", "--type=merge", "-p", "{\"spec\": " + spec + "}");
    }
}
