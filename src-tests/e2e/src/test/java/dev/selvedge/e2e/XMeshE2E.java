// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.cluster.GatewayApi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The experimental channel comes to a cluster in which the operator runs. */
@E2E
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class XMeshE2E {
    private static final String CRD = "xmeshes.gateway.networking.x-k8s.io";
    private static final String XMESH = """
            apiVersion: gateway.networking.x-k8s.io/v1alpha1
            kind: XMesh
            metadata: {name: selvedge}
            spec:
              controllerName: selvedge.dev/gateway-controller
              parametersRef: {group: selvedge.dev, kind: Mesh, name: %s}
            """;

    private final Kubectl kubectl;

    XMeshE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    @BeforeAll
    void install() {
        kubectl.run(
                "apply",
                "--server-side",
                "-f",
                GatewayApi.experimental("gateway.networking.x-k8s.io_xmeshes.yaml")
                        .toString());
        kubectl.run("wait", "crd/" + CRD, "--for=condition=Established", "--timeout=60s");
    }

    @AfterAll
    void uninstall() {
        kubectl.run("delete", "--ignore-not-found", "crd/" + CRD);
    }

    @Test
    void it_is_answered_as_long_as_it_names_the_mesh() {
        kubectl.apply(XMESH.formatted("default"));
        kubectl.run("wait", CRD + "/selvedge", "--for=condition=Accepted", "--timeout=60s");
        assertThat(kubectl.json("get", CRD, "selvedge")
                        .at("/status/supportedFeatures")
                        .toString())
                .contains("MeshClusterIPMatching");

        kubectl.apply(XMESH.formatted("other"));
        kubectl.run("wait", CRD + "/selvedge", "--for=condition=Accepted=False", "--timeout=60s");
        assertThat(kubectl.json("get", CRD, "selvedge")
                        .at("/status/conditions/0/message")
                        .asText())
                .contains("name Mesh default");
    }
}
