// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.api.v1alpha1.AuthorizationPolicy;
import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.api.v1alpha1.TrafficPolicy;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import org.junit.jupiter.api.Test;

class PolicyWarningsTest {
    @Test
    void allowingNobodyAndAllowingEverybody() {
        assertThat(authorization("action: Allow")).singleElement().asString().contains("allows nobody");
        assertThat(authorization("action: Allow\n  rules: [{name: all}, {name: some, to: [{methods: [GET]}]}]"))
                .singleElement()
                .asString()
                .contains("rule all has neither from nor to");
        assertThat(authorization("action: Deny\n  rules: [{name: some, to: [{methods: [GET]}]}]"))
                .isEmpty();
    }

    @Test
    void routesThatDoNotCoverEverything() {
        var toV2 = "{name: v2, matches: [{method: GET}], backends: [{subset: v2}]}";

        assertThat(traffic("routes: [%s]".formatted(toV2)))
                .singleElement()
                .asString()
                .contains("404");
        assertThat(traffic("routes: [%s, {name: all}]".formatted(toV2))).isEmpty();
        assertThat(traffic("routes: [{name: next, ports: [80]}, %s]".formatted(toV2)))
                .singleElement()
                .asString()
                .contains("a request that no route matches");
        assertThat(traffic("routes: [{name: next, ports: [80]}, {name: get, ports: [81, 82], matches: [{method: GET}]},"
                        + " {name: rest, ports: [82]}]"))
                .singleElement()
                .asString()
                .contains("a request to port 81 that no route matches");
        assertThat(traffic("routes: [{name: next, ports: [80]}]")).isEmpty();
    }

    @Test
    void aPolicyThatChangesNothing() {
        assertThat(traffic("routes: []")).singleElement().asString().contains("changes nothing");
        assertThat(traffic("subsets: [{name: v1, labels: {version: v1}}]"))
                .singleElement()
                .asString()
                .contains("without routes");
        assertThat(traffic("timeouts: {request: 1s}")).isEmpty();
    }

    @Test
    void aMeshOfEveryNamespace() {
        assertThat(PolicyWarnings.of(Serialization.unmarshal(
                        "apiVersion: selvedge.dev/v1alpha1\nkind: Mesh\nspec: {members: {namespaceSelector: {}}}",
                        Mesh.class)))
                .singleElement()
                .asString()
                .contains("every namespace");
        assertThat(PolicyWarnings.of(new Mesh())).isEmpty();
    }

    private static List<String> authorization(String spec) {
        return PolicyWarnings.of(Serialization.unmarshal(
                "apiVersion: selvedge.dev/v1alpha1\nkind: AuthorizationPolicy\nspec:\n  %s".formatted(spec),
                AuthorizationPolicy.class));
    }

    private static List<String> traffic(String spec) {
        return PolicyWarnings.of(Serialization.unmarshal(
                "apiVersion: selvedge.dev/v1alpha1\nkind: TrafficPolicy\nspec:\n  %s".formatted(spec),
                TrafficPolicy.class));
    }
}
