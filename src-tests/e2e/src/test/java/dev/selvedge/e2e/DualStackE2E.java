// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** IPv6 is no way around the mesh. */
@E2E
final class DualStackE2E {
    private final Lab lab;

    DualStackE2E(Kubectl kubectl) {
        lab = new Lab(kubectl);
    }

    @BeforeEach
    void needsBothFamilies() {
        assumeTrue(lab.serviceAddresses("echo").size() == 2, "the cluster is not dual stack");
    }

    @AfterEach
    void removePolicies() {
        lab.removePolicies();
    }

    @Test
    void a_service_is_called_by_its_ipv6_address_with_mtls_and_obeys_policies() {
        String address = bracketed(lab.serviceAddresses("echo").get(1));

        JsonNode http = lab.caller("get", "http://" + address + "/", "--print");
        assertThat(http.path("codes").path("200").asInt()).as(http.toString()).isEqualTo(1);
        assertThat(http.path("sample")
                        .path("body")
                        .path("headers")
                        .path("x-forwarded-client-cert")
                        .asText())
                .endsWith(";URI=spiffe://cluster.local/ns/lab/sa/caller");
        assertThat(lab.caller("tcp", address + ":91", "hello")
                        .path("codes")
                        .path("OK")
                        .asInt())
                .isEqualTo(1);

        lab.policy("own-namespace", "action: Allow\nrules: [{name: own, from: [{namespaces: [lab]}]}]\n");

        lab.awaitVisitor("403", "get", "http://" + address + "/");
        lab.awaitCaller("200", "get", "http://" + address + "/");
        assertThat(lab.caller("tcp", address + ":91", "hello")
                        .path("codes")
                        .path("OK")
                        .asInt())
                .isEqualTo(1);
        assertThat(lab.visitor("tcp", address + ":91", "hello").path("failed").asInt())
                .isEqualTo(1);
    }

    @Test
    void a_pod_is_called_by_its_ipv6_address_under_strict_mtls() {
        String address = bracketed(lab.podAddresses("echo").get(1));

        JsonNode answer = lab.caller("get", "http://" + address + ":8080/", "--print");
        assertThat(answer.path("codes").path("200").asInt())
                .as(answer.toString())
                .isEqualTo(1);

        lab.policy("own-namespace", "action: Allow\nrules: [{name: own, from: [{namespaces: [lab]}]}]\n");

        awaitRefused("http://" + address + ":8080/");
        lab.awaitCaller("200", "get", "http://" + address + ":8080/");
    }

    /** A pod that is called by its own address is reached as TCP, so a refusal is an end of the connection. */
    private void awaitRefused(String url) {
        org.awaitility.Awaitility.await()
                .atMost(java.time.Duration.ofSeconds(30))
                .untilAsserted(
                        () -> assertThat(lab.visitor("get", url).path("failed").asInt())
                                .isEqualTo(1));
    }

    private static String bracketed(String address) {
        assertThat(address).contains(":");
        return "[" + address + "]";
    }
}
