// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rate limits and faults, which the proxies of a Service's pods enforce. */
@E2E
final class ServerTrafficE2E {
    private static final int CALLS = 200;

    private final Kubectl kubectl;

    ServerTrafficE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    @AfterEach
    void removePolicies() {
        kubectl.run("delete", "trafficpolicies", "--all", "-n", Shop.NAMESPACE, "--wait");
    }

    @Test
    void each_pod_takes_as_many_requests_of_a_caller_as_the_limit_says() {
        int pods = kubectl.json("get", "pods", "-n", Shop.NAMESPACE, "-l", "app=reviews")
                .path("items")
                .size();
        apply("""
                rateLimits:
                - {name: per-caller, key: [{type: Caller}], limit: {requests: 5, per: 1h}}
                """);
        Shop.awaitProgrammed(kubectl, "trafficpolicy", "reviews");

        JsonNode answer = Shop.get(kubectl, Shop.REVIEWS, "--count", Integer.toString(CALLS));

        assertThat(answer.path("codes").path("200").asInt()).isEqualTo(5 * pods);
        assertThat(answer.path("codes").path("429").asInt()).isEqualTo(CALLS - 5 * pods);
        Kubectl.await(
                "the policy counts the proxies of the server",
                () -> kubectl.json("get", "trafficpolicy", "reviews", "-n", Shop.NAMESPACE)
                                .at("/status/proxies/total")
                                .asInt()
                        >= pods);
    }

    @Test
    void retries_of_the_client_make_good_for_a_fault_of_the_server() {
        apply("faults: [{name: half, abort: {httpStatus: 503, percent: 50}}]\n");
        Shop.awaitProgrammed(kubectl, "trafficpolicy", "reviews");
        JsonNode once = Shop.get(kubectl, Shop.REVIEWS, "--count", Integer.toString(CALLS));

        apply("""
                faults: [{name: half, abort: {httpStatus: 503, percent: 50}}]
                retries: {attempts: 3, when: [GatewayError], methods: [GET]}
                """);
        Shop.awaitProgrammed(kubectl, "trafficpolicy", "reviews");
        JsonNode retried = Shop.get(kubectl, Shop.REVIEWS, "--count", Integer.toString(CALLS));

        // 200 draws of 0.5: mean 100, standard deviation 7. Of 0.0625: mean 12.5, standard deviation 3.4. Five to a
        // side;
        // the budget of the retries may leave some out.
        assertThat(once.path("codes").path("503").asInt()).isBetween(65, 135);
        assertThat(retried.path("codes").path("503").asInt()).isLessThan(50);
    }

    @Test
    void a_fault_ends_when_it_says_and_the_policy_says_so() {
        Instant end = Instant.now().plusSeconds(25).truncatedTo(ChronoUnit.SECONDS);
        apply("faults: [{name: brief, abort: {httpStatus: 418}, expiresAt: \"%s\"}]\n".formatted(end));
        Shop.awaitCode(kubectl, Shop.REVIEWS, "418");

        Awaitility.await()
                .atMost(Duration.between(Instant.now(), end).plusSeconds(20))
                .until(() -> Shop.get(kubectl, Shop.REVIEWS)
                                .path("codes")
                                .path("200")
                                .asInt()
                        == 1);
        assertThat(Instant.now()).isAfterOrEqualTo(end);
        Kubectl.await("the status says that the fault is over", () -> Shop.condition(
                        kubectl.json("get", "-n", Shop.NAMESPACE, "trafficpolicy", "reviews"), "Accepted")
                .path("message")
                .asText()
                .contains("Fault brief expired at " + end));
        Shop.awaitProgrammed(kubectl, "trafficpolicy", "reviews");
    }

    private void apply(String spec) {
        kubectl.apply("""
                apiVersion: selvedge.dev/v1alpha1
                kind: TrafficPolicy
                metadata: {namespace: shop, name: reviews}
                spec:
                  targetRefs: [{kind: Service, name: reviews}]
                %s
                """.formatted(spec.indent(2)));
    }
}
