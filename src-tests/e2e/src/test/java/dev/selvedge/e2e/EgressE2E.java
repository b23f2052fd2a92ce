// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Calls to this machine, which pods know as {@code host.selvedge.test}, while egress is closed. The client of HTTP
 * believes that the host is at {@value #ELSEWHERE}, where nobody is.
 */
@E2E
final class EgressE2E {
    private static final String HOST = "host.selvedge.test";
    private static final String ELSEWHERE = "203.0.113.7";

    private final Kubectl kubectl;
    private final Lab lab;
    private Outside outside;

    EgressE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
        this.lab = new Lab(kubectl);
    }

    @BeforeEach
    void close(@TempDir Path folder) throws IOException, InterruptedException {
        outside = Outside.start(folder);
        assertThat(lab.caller("get", secure()).path("codes").path("200").asInt())
                .as("while egress is open")
                .isEqualTo(1);
        mode("Deny");
        Kubectl.await("egress is closed", () -> isRefused("caller", secure()));
    }

    @AfterEach
    void open() {
        kubectl.run("-n", Lab.NAMESPACE, "delete", "externalservices", "--all", "--wait");
        mode("Allow");
        lab.awaitCaller("200", "get", secure());
        outside.close();
    }

    @Test
    void what_is_declared_is_open_to_those_for_whom_it_is() {
        kubectl.apply("""
                apiVersion: selvedge.dev/v1alpha1
                kind: ExternalService
                metadata: {namespace: lab, name: outside}
                spec:
                  hosts: [%s]
                  # Where this machine is, in every cluster of these tests.
                  addresses: [10.128.0.0/9]
                  ports: [{port: %d, protocol: TLS}, {port: %d, protocol: HTTP}]
                """.formatted(HOST, outside.secure(), outside.clear()));
        Shop.awaitProgrammed(kubectl, Lab.NAMESPACE, "externalservice", "outside");

        lab.awaitCaller("200", "get", secure());
        lab.awaitCaller("200", "get", clear(), "--header", "Host=" + HOST);
        lab.awaitCaller("403", "get", clear(), "--header", "Host=other.selvedge.test");
        assertThat(lab.caller("get", secure(), "--print")
                        .path("sample")
                        .path("certificate")
                        .asText())
                .isEqualTo("outside");

        assertThat(isRefused("visitor", secure())).isTrue();
        lab.awaitVisitor("403", "get", clear(), "--header", "Host=" + HOST);
        assertThat(kubectl.run("-n", Lab.NAMESPACE, "get", "externalservices"))
                .contains("HOST", "VISIBLE", HOST, "Own", "True");
    }

    private boolean isRefused(String who, String url) {
        var answer = who.equals("caller") ? lab.caller("get", url) : lab.visitor("get", url);
        return answer.path("codes").path("200").asInt() == 0;
    }

    private String secure() {
        return "https://" + HOST + ":" + outside.secure() + "/";
    }

    private String clear() {
        return "http://" + ELSEWHERE + ":" + outside.clear() + "/";
    }

    private void mode(String mode) {
        kubectl.patchMesh("{\"spec\":{\"egress\":{\"mode\":\"" + mode + "\"}}}");
    }
}
