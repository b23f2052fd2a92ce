// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.cluster.GatewayApi;
import dev.selvedge.testing.ApiServer;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** With the CRD of the experimental channel, which comes after the operator, and with the operator's rights. */
@Tag("cluster")
@ExtendWith(ApiServer.class)
final class XMeshStatusTest {
    private static final String CRD = "xmeshes.gateway.networking.x-k8s.io";

    private final KubernetesClient client;
    private final KubernetesClient restricted;
    private final ControllerStatusWriter writer;
    private volatile Optional<List<String>> meshes = Optional.of(List.of("default", "younger"));
    private volatile boolean leads = true;

    XMeshStatusTest(KubernetesClient client) {
        this.client = client;
        this.restricted = ApiServer.as(client, "selvedge");
        this.writer = new ControllerStatusWriter(restricted, () -> meshes, () -> leads, Clock.systemUTC());
    }

    @BeforeEach
    void start() {
        assertThat(definition()).as("the cluster has the standard channel").isNull();
        writer.start();
    }

    @AfterEach
    void close() {
        writer.close();
        restricted.close();
        uninstall();
    }

    private Object definition() {
        return client.apiextensions()
                .v1()
                .customResourceDefinitions()
                .withName(CRD)
                .get();
    }

    private void uninstall() {
        client.apiextensions().v1().customResourceDefinitions().withName(CRD).delete();
        await().atMost(Duration.ofSeconds(30)).until(() -> definition() == null);
    }

    private void install() throws IOException {
        try (var yaml = Files.newInputStream(GatewayApi.experimental("gateway.networking.x-k8s.io_xmeshes.yaml"))) {
            client.load(yaml).serverSideApply();
        }
    }

    private void mesh(String name, String spec) {
        var yaml =
                "---\n{kind: XMesh, apiVersion: gateway.networking.x-k8s.io/v1alpha1, metadata: {name: %s}, spec: {%s}}";
        await().atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(() -> client.resource((HasMetadata) Serialization.unmarshal(yaml.formatted(name, spec)))
                                .fieldManager("test")
                                .forceConflicts()
                                .serverSideApply()
                        != null);
    }

    private ControllerObject.Status status(String name) {
        return client.resources(XMesh.class).withName(name).get().getStatus();
    }

    private Condition accepted(String name) {
        return status(name).conditions().stream()
                .filter(condition -> condition.getType().equals("Accepted"))
                .findFirst()
                .orElseThrow();
    }

    /** The writer is called as the operator does, only more often. */
    private Condition awaitAccepted(String name, String status, String reason) {
        await().atMost(Duration.ofSeconds(30)).ignoreExceptions().untilAsserted(() -> {
            writer.tick();
            assertThat(accepted(name).getStatus() + " " + accepted(name).getReason())
                    .isEqualTo(status + " " + reason);
        });
        return accepted(name);
    }

    @Test
    void one_of_ours_is_accepted_once_the_kind_is_there_and_says_what_the_mesh_can() throws Exception {
        install();
        mesh("ours", "controllerName: selvedge.dev/gateway-controller, description: A mesh");

        var accepted = awaitAccepted("ours", "True", "Accepted");

        assertThat(accepted.getMessage()).isEqualTo("Mesh default is in force.");
        assertThat(accepted.getObservedGeneration()).isEqualTo(1);
        assertThat(status("ours").supportedFeatures())
                .extracting(ControllerObject.Feature::name)
                .isSorted()
                .contains("Mesh", "MeshClusterIPMatching", "MeshConsumerRoute", "HTTPRoute")
                .isEqualTo(MeshFeatures.ALL);

        mesh("ours", "controllerName: selvedge.dev/gateway-controller, description: The mesh");
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            writer.tick();
            assertThat(accepted("ours").getObservedGeneration()).isEqualTo(2);
        });
        assertThat(accepted("ours").getLastTransitionTime()).isEqualTo(accepted.getLastTransitionTime());
    }

    @Test
    void parameters_that_are_not_the_mesh_are_refused_with_the_remedy() throws Exception {
        install();
        var ours = "controllerName: selvedge.dev/gateway-controller, parametersRef: ";
        mesh("ours", ours + "{group: selvedge.dev, kind: Mesh, name: other}");

        assertThat(awaitAccepted("ours", "False", "InvalidParameters").getMessage())
                .isEqualTo(
                        "spec.parametersRef.name: there is no Mesh \"other\"; name Mesh default, which is in force, or"
                                + " leave parametersRef out.");
        mesh("ours", ours + "{group: selvedge.dev, kind: Mesh, name: default}");
        awaitAccepted("ours", "True", "Accepted");
        mesh("ours", ours + "{group: selvedge.dev, kind: Mesh, name: younger}");
        assertThat(awaitAccepted("ours", "False", "InvalidParameters").getMessage())
                .contains("Mesh \"younger\" is not in force");
        mesh("ours", ours + "{group: '', kind: ConfigMap, name: default, namespace: shop}");
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            writer.tick();
            assertThat(accepted("ours").getMessage())
                    .startsWith("spec.parametersRef: \"/ConfigMap\" is not understood, only selvedge.dev/Mesh is;");
        });
        mesh("ours", ours + "{group: selvedge.dev, kind: Mesh, name: default, namespace: shop}");
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            writer.tick();
            assertThat(accepted("ours").getMessage()).startsWith("spec.parametersRef.namespace: \"shop\" is given");
        });
    }

    @Test
    void the_mesh_may_come_after_it() throws Exception {
        meshes = Optional.of(List.of());
        install();
        mesh("ours", "controllerName: selvedge.dev/gateway-controller");

        assertThat(awaitAccepted("ours", "False", "NoMesh").getMessage()).contains("create one");
        meshes = Optional.of(List.of("default"));
        awaitAccepted("ours", "True", "Accepted");
    }

    @Test
    void those_of_others_and_a_replica_that_does_not_lead_leave_it_alone() throws Exception {
        leads = false;
        install();
        mesh("theirs", "controllerName: example.com/mesh");
        mesh("ours", "controllerName: selvedge.dev/gateway-controller");

        await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(10)).until(() -> {
            writer.tick();
            return accepted("ours").getStatus().equals("Unknown");
        });
        leads = true;
        awaitAccepted("ours", "True", "Accepted");
        assertThat(accepted("theirs").getStatus()).isEqualTo("Unknown");
        assertThat(status("theirs").supportedFeatures()).isNull();
    }

    @Test
    void the_kind_may_go_and_come_again() throws Exception {
        install();
        mesh("ours", "controllerName: selvedge.dev/gateway-controller");
        awaitAccepted("ours", "True", "Accepted");

        uninstall();
        writer.tick();
        install();
        mesh("ours", "controllerName: selvedge.dev/gateway-controller");
        awaitAccepted("ours", "True", "Accepted");
    }
}
