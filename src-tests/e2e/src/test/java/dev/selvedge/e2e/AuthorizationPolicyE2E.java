// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@E2E
final class AuthorizationPolicyE2E {
    private final Kubectl kubectl;

    AuthorizationPolicyE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    @AfterEach
    void removePolicies() {
        kubectl.run("delete", "authorizationpolicies", "--all", "-n", Shop.NAMESPACE, "--wait");
        Shop.awaitCode(kubectl, Shop.RATINGS, "200");
    }

    @Test
    void only_the_named_caller_may_call_and_the_other_is_told_why() {
        apply("ratings-readers", """
                action: Allow
                rules:
                - name: reviews-read
                  from: [{serviceAccounts: [{name: reviews}]}]
                  to: [{methods: [GET]}]
                """);

        assertEvery("403");
        JsonNode denied = Shop.get(kubectl, Shop.RATINGS, "--print");
        assertThat(denied.path("sample").path("body").toString()).contains("rbac_access_denied");
        JsonNode through = Shop.get(kubectl, Shop.REVIEWS, "--count", "10");
        assertThat(through.path("failed").asInt()).isZero();
        assertThat(through.path("upstreams")
                        .path(Shop.RATINGS + "ratings")
                        .path("200")
                        .asInt())
                .isPositive();
    }

    @Test
    void a_deny_rule_wins_over_allow_and_names_itself() {
        apply("everybody", "action: Allow\nrules: [{name: all}]\n");
        apply("no-deletes", """
                action: Deny
                rules: [{name: deletes, to: [{methods: [DELETE]}]}]
                """);

        assertEvery("403", "--method", "DELETE");
        assertEvery("200");
        assertThat(Shop.get(kubectl, Shop.RATINGS, "--method", "DELETE", "--print")
                        .path("sample")
                        .path("body")
                        .toString())
                .contains("no-deletes");
    }

    @Test
    void an_allow_without_rules_allows_nobody_and_says_so() {
        apply("nobody", "action: Allow\nrules: []\n");

        assertEvery("403");
        JsonNode policy = kubectl.json("get", "-n", Shop.NAMESPACE, "authorizationpolicy", "nobody");
        assertThat(Shop.condition(policy, "Accepted").path("message").asText()).containsIgnoringCase("nobody");
    }

    /** Connections from before the policy are open: what is programmed holds for them at once. */
    private void assertEvery(String code, String... arguments) {
        var counted =
                Stream.concat(Stream.of(arguments), Stream.of("--count", "20")).toArray(String[]::new);
        JsonNode answer = Shop.get(kubectl, Shop.RATINGS, counted);
        assertThat(answer.path("codes").path(code).asInt())
                .as(answer.toString())
                .isEqualTo(20);
    }

    private void apply(String name, String spec) {
        kubectl.apply("""
                apiVersion: selvedge.dev/v1alpha1
                kind: AuthorizationPolicy
                metadata: {namespace: shop, name: %s}
                spec:
                  targetRefs: [{kind: Service, name: ratings}]
                %s
                """.formatted(name, spec.indent(2)));
        Shop.awaitProgrammed(kubectl, "authorizationpolicy", name);
    }
}
