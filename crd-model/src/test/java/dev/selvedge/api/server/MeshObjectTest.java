// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.api.v1alpha1.MeshSpec;
import dev.selvedge.testing.ApiServer;
import dev.selvedge.testing.Kubectl;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the API server makes of a Mesh. */
@Tag("cluster")
@ExtendWith(ApiServer.class)
class MeshObjectTest {
    private static final String EMPTY = """
            apiVersion: selvedge.dev/v1alpha1
            kind: Mesh
            metadata: {name: default}
            """;
    private static final String STRICT = EMPTY + "spec: {mtls: {mode: Strict}}\n";

    @TempDir
    private Path folder;

    @BeforeEach
    void create(Kubectl kubectl) throws IOException {
        apply(kubectl, STRICT).succeeded();
    }

    @AfterEach
    void delete(Kubectl kubectl) {
        kubectl.run("delete", "mesh", "default").succeeded();
    }

    @Test
    void anEmptySpecGetsTheDefaultsOfTheTypes(Kubectl kubectl) throws IOException {
        delete(kubectl);
        apply(kubectl, EMPTY).succeeded();
        assertThat(mesh(kubectl).getSpec()).isEqualTo(MeshSpec.DEFAULT);
    }

    @Test
    void aNewObjectIsNotTakenForReady(Kubectl kubectl) {
        assertThat(mesh(kubectl).getStatus().observedGeneration()).isEqualTo(-1);
        assertThat(mesh(kubectl).getStatus().conditions())
                .extracting(Condition::type, Condition::status)
                .containsExactly(tuple("Ready", Condition.Status.UNKNOWN));
    }

    @Test
    void theTrustDomainChangesOnlyWhenTheOldOneStaysAccepted(Kubectl kubectl) throws IOException {
        var answer = apply(kubectl, EMPTY + "spec: {trustDomain: other.example}\n");
        assertThat(answer.code()).isNotZero();
        assertThat(answer.text())
                .contains("spec.trustDomain: Invalid value", "without the old one in trustDomainAliases");

        apply(kubectl, EMPTY + "spec: {trustDomain: other.example, trustDomainAliases: [cluster.local]}\n")
                .succeeded();
    }

    @Test
    void anAliasThatCertificatesAreOfCannotBeTakenOut(Kubectl kubectl) throws IOException {
        apply(kubectl, EMPTY + "spec: {trustDomain: other.example, trustDomainAliases: [cluster.local]}\n")
                .succeeded();
        trustDomains(kubectl, "[other.example, cluster.local]");

        var answer = apply(kubectl, EMPTY + "spec: {trustDomain: other.example, trustDomainAliases: []}\n");
        assertThat(answer.code()).isNotZero();
        assertThat(answer.text()).contains("spec.trustDomainAliases: Invalid value", "keep it until");

        trustDomains(kubectl, "[other.example]");
        apply(kubectl, EMPTY + "spec: {trustDomain: other.example, trustDomainAliases: []}\n")
                .succeeded();
    }

    private static void trustDomains(Kubectl kubectl, String domains) {
        kubectl.run(
                        "patch",
                        "meshes.selvedge.dev",
                        "default",
                        "--subresource=status",
                        "--type=merge",
                        "-p",
                        "{\"status\": {\"trust\": {\"stage\": \"Stable\", \"trustDomains\": "
                                + domains.replace("[", "[\"")
                                        .replace(", ", "\", \"")
                                        .replace("]", "\"]") + "}}}")
                .succeeded();
    }

    @Test
    void otherFieldsCanBeChanged(Kubectl kubectl) throws IOException {
        apply(kubectl, EMPTY + "spec: {mtls: {mode: Permissive}}\n").succeeded();
        assertThat(mesh(kubectl).getSpec().mtls().mode()).isEqualTo(MeshSpec.Mtls.Mode.PERMISSIVE);
    }

    @Test
    void theColumnsShowTheStatus(Kubectl kubectl) throws IOException {
        Path status = folder.resolve("status.yaml");
        Files.writeString(status, EMPTY + """
                        status:
                          observedGeneration: 1
                          conditions:
                          - {type: Ready, status: "True", observedGeneration: 1, reason: Ready, message: "",
                             lastTransitionTime: "2026-01-02T03:04:05Z"}
                          members: {namespaces: 12, pods: 240, notInjected: 2}
                          proxies: {connected: 240, current: 238, pending: 2, rejecting: 0, summary: 238/240,
                                    versions: [{version: 1.40.0, count: 240}], versionsSummary: 1.40.0}
                          trust:
                            stage: Stable
                            anchors: [{fingerprint: aa, notAfter: "2027-01-02T03:04:05Z"}]
                            issuer: {fingerprint: bb, notAfter: "2026-02-02T03:04:05Z"}
                          drift: {corrected: 3}
                        """);
        kubectl.run("apply", "--server-side", "--subresource=status", "-f", status.toString())
                .succeeded();
        assertThat(kubectl.run("get", "mesh", "-o", "wide").text().lines().map(line -> line.replaceAll(" +", " ")))
                .satisfiesExactly(
                        header -> assertThat(header)
                                .isEqualTo("NAME READY MTLS PROXIES TRUST NOT-INJECTED AGE VERSIONS EXPIRY DRIFT"),
                        row -> assertThat(row)
                                .matches("default True Strict 238/240 Stable 2 \\d+s 1.40.0 2026-02-02T03:04:05Z 3"));
    }

    private Kubectl.Answer apply(Kubectl kubectl, String yaml) throws IOException {
        Path file = folder.resolve("mesh.yaml");
        Files.writeString(file, yaml);
        return kubectl.run("apply", "--server-side", "-f", file.toString());
    }

    private static Mesh mesh(Kubectl kubectl) {
        return Serialization.unmarshal(
                kubectl.run("get", "mesh", "default", "-o", "json").succeeded().text(), Mesh.class);
    }
}
