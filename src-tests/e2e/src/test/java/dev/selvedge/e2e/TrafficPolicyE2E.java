// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@E2E
final class TrafficPolicyE2E {
    private static final int CALLS = 400;

    private final Kubectl kubectl;

    TrafficPolicyE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    @AfterEach
    void removePolicies() {
        kubectl.run("delete", "trafficpolicies", "--all", "-n", Shop.NAMESPACE, "--wait");
    }

    @Test
    void ninety_percent_of_the_requests_go_to_the_first_version() {
        apply("reviews", """
                subsets:
                - {name: v1, labels: {version: v1}}
                - {name: v2, labels: {version: v2}}
                routes:
                - {name: shift, backends: [{subset: v1, weight: 90}, {subset: v2, weight: 10}]}
                """);
        Shop.awaitProgrammed(kubectl, "trafficpolicy", "reviews");

        JsonNode answer = Shop.get(kubectl, Shop.REVIEWS, "--count", Integer.toString(CALLS));

        assertThat(answer.path("failed").asInt()).isZero();
        // 400 draws of 0.1: mean 40, standard deviation 6; five of them to either side.
        assertThat(answer.path("versions").path("v2").asInt()).isBetween(10, 70);
        Shop.awaitProgrammed(kubectl, "trafficpolicy", "reviews");
        assertThat(kubectl.run("get", "trafficpolicy", "reviews", "-n", Shop.NAMESPACE))
                .contains("PROGRAMMED")
                .containsPattern("[1-9]/[1-9]");
    }

    @Test
    void ninety_percent_of_the_connections_that_are_passed_through_go_to_the_first_version() {
        String sample = "config/samples/tcp-shift.yaml";
        kubectl.run("apply", "--server-side", "-f", sample);
        try {
            Shop.awaitProgrammed(kubectl, "trafficpolicy", "reviews-tcp");
            Shop.awaitCode(kubectl, "http://reviews-tcp:9080/", "200");

            JsonNode answer = Shop.get(
                    kubectl, "http://reviews-tcp:9080/", "--count", Integer.toString(CALLS), "--new-connections");

            assertThat(answer.path("failed").asInt()).isZero();
            // As above.
            assertThat(answer.path("versions").path("v2").asInt()).isBetween(10, 70);

            // A route of its own for the other port.
            JsonNode next = Shop.get(kubectl, "http://reviews-tcp:9081/", "--count", "40", "--new-connections");
            assertThat(next.path("failed").asInt()).isZero();
            assertThat(next.path("versions").path("v2").asInt()).isEqualTo(40);
        } finally {
            kubectl.run("delete", "--wait", "-f", sample);
        }
    }

    @Test
    void a_header_sends_a_tester_to_the_next_version() {
        apply("reviews", """
                subsets:
                - {name: v1, labels: {version: v1}}
                - {name: v2, labels: {version: v2}}
                routes:
                - name: testers
                  matches: [{headers: [{name: x-user, type: Exact, value: alice}]}]
                  backends: [{subset: v2, weight: 1}]
                - {name: others, backends: [{subset: v1, weight: 1}]}
                """);
        Shop.awaitProgrammed(kubectl, "trafficpolicy", "reviews");

        JsonNode alice = Shop.get(kubectl, Shop.REVIEWS, "--count", "20", "--header", "x-user=alice");
        JsonNode bob = Shop.get(kubectl, Shop.REVIEWS, "--count", "20", "--header", "x-user=bob");

        assertThat(alice.path("versions").path("v2").asInt()).isEqualTo(20);
        assertThat(bob.path("versions").path("v1").asInt()).isEqualTo(20);
    }

    @Test
    void a_request_that_takes_longer_than_its_timeout_is_ended() {
        apply("reviews", "timeouts: {request: 300ms}\n");
        Shop.awaitProgrammed(kubectl, "trafficpolicy", "reviews");

        Shop.awaitCode(kubectl, Shop.REVIEWS + "delay/2s", "504");
    }

    @Test
    void a_policy_that_targets_nothing_says_so() {
        kubectl.apply(policy("nothing", "no-such-service", "timeouts: {request: 1s}\n"));

        Shop.awaitCondition(kubectl, "trafficpolicy", "nothing", "Accepted", "False", "TargetNotFound");
        JsonNode policy = kubectl.json("get", "-n", Shop.NAMESPACE, "trafficpolicy", "nothing");

        assertThat(Shop.condition(policy, "ResolvedRefs").path("message").asText())
                .contains("no-such-service");
    }

    @Test
    void the_younger_of_two_policies_names_the_one_that_wins() {
        kubectl.apply(policy("reviews", "reviews", "timeouts: {request: 5s}\n"));
        Shop.awaitCondition(kubectl, "trafficpolicy", "reviews", "Accepted", "True", "Accepted");
        await_second();
        kubectl.apply(policy("another", "reviews", "timeouts: {request: 1s}\n"));

        JsonNode condition =
                Shop.awaitCondition(kubectl, "trafficpolicy", "another", "Accepted", "False", "Conflicted");

        assertThat(condition.path("message").asText()).contains("reviews");
    }

    @Test
    void what_one_object_alone_gets_wrong_is_refused_at_admission() {
        assertThat(refusal("timeouts: {request: 1s, perTry: 2s}\n")).contains("perTry");
        assertThat(refusal("colour: blue\n")).contains("colour");
        assertThat(refusal("routes: [{name: a, backends: [{weight: 0}]}]\n")).contains("weight");
        assertThat(refusal("routes: [{name: a, matches: [{path: {type: Regex, value: '(?=a)'}}]}]\n"))
                .contains("path")
                .contains("(?=a)");
    }

    @Test
    void a_resource_that_envoy_refuses_is_reported_and_the_last_good_one_stays() {
        apply("reviews", "timeouts: {request: 7s}\n");
        Shop.awaitCode(kubectl, Shop.REVIEWS, "200");
        Shop.awaitProgrammed(kubectl, "trafficpolicy", "reviews");

        // Correct RE2, but a larger program than Envoy's default limit allows.
        apply("reviews", """
                routes:
                - name: too-large
                  matches: [{path: {type: Regex, value: '/([a-z]{1,90}){1,9}/x'}}]
                - {name: others}
                """);

        JsonNode condition =
                Shop.awaitCondition(kubectl, "trafficpolicy", "reviews", "Programmed", "False", "Rejected");
        assertThat(condition.path("message").asText()).contains("shop/reviews:9080");
        Shop.awaitCode(kubectl, Shop.REVIEWS, "200");
        apply("catalog", "catalog", "timeouts: {request: 7s}\n");
        Shop.awaitCode(kubectl, Shop.CATALOG, "200");
        Shop.awaitProgrammed(kubectl, "trafficpolicy", "catalog");
    }

    private void await_second() {
        // creationTimestamp counts seconds; the two policies must differ in age.
        long second = System.currentTimeMillis() / 1000;
        org.awaitility.Awaitility.await().until(() -> System.currentTimeMillis() / 1000 > second + 1);
    }

    private String refusal(String spec) {
        Kubectl.Result result = kubectl.tryRunWith(
                policy("refused", "reviews", spec), "apply", "--server-side", "--field-manager=e2e", "-f", "-");
        assertThat(result.ok()).as(spec).isFalse();
        return result.err();
    }

    private void apply(String service, String spec) {
        apply(service, service, spec);
    }

    private void apply(String name, String service, String spec) {
        kubectl.apply(policy(name, service, spec));
    }

    private static String policy(String name, String service, String spec) {
        return """
                apiVersion: selvedge.dev/v1alpha1
                kind: TrafficPolicy
                metadata: {namespace: shop, name: %s}
                spec:
                  targetRefs: [{kind: Service, name: %s}]
                %s
                """.formatted(name, service, spec.indent(2));
    }
}
