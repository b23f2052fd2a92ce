// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.testing.ApiServer;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** With the operator's rights. */
@Tag("cluster")
@ExtendWith(ApiServer.class)
final class GatewayClassStatusTest {
    private final KubernetesClient client;
    private final KubernetesClient restricted;
    private final ControllerStatusWriter writer;
    private volatile boolean leads = true;

    GatewayClassStatusTest(KubernetesClient client) {
        this.client = client;
        this.restricted = ApiServer.as(client, "selvedge");
        this.writer = new ControllerStatusWriter(restricted, Optional::empty, () -> leads, Clock.systemUTC());
    }

    @BeforeEach
    void start() {
        writer.start();
    }

    @AfterEach
    void close() {
        writer.close();
        restricted.close();
        client.resources(GatewayClass.class).delete();
    }

    private void gatewayClass(String name, String spec) {
        client.resource(Serialization.unmarshal(
                        "---\n{kind: GatewayClass, apiVersion: gateway.networking.k8s.io/v1, metadata: {name: %s}, spec: {%s}}"
                                .formatted(name, spec),
                        GatewayClass.class))
                .fieldManager("test")
                .forceConflicts()
                .serverSideApply();
    }

    private GatewayClass read(String name) {
        return client.resources(GatewayClass.class).withName(name).get();
    }

    private Condition accepted(String name) {
        return read(name).getStatus().conditions().stream()
                .filter(condition -> condition.getType().equals("Accepted"))
                .findFirst()
                .orElseThrow();
    }

    /** The writer is called as the operator does, only more often. */
    private void awaitAccepted(String name, String status, String reason, long generation) {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            writer.tick();
            var accepted = accepted(name);
            assertThat(accepted.getStatus() + " " + accepted.getReason() + " " + accepted.getObservedGeneration())
                    .isEqualTo(status + " " + reason + " " + generation);
        });
    }

    @Test
    void the_class_that_is_served_is_accepted_and_the_others_are_not() {
        var ours = "controllerName: selvedge.dev/gateway-controller";
        gatewayClass("selvedge", ours);
        gatewayClass("blue", ours);

        awaitAccepted("selvedge", "True", "Accepted", 1);
        awaitAccepted("blue", "False", "Unsupported", 1);
        gatewayClass("selvedge", ours + ", parametersRef: {group: selvedge.dev, kind: Mesh, name: default}");
        awaitAccepted("selvedge", "False", "InvalidParameters", 2);
        gatewayClass("selvedge", ours + ", description: Of the mesh");
        awaitAccepted("selvedge", "True", "Accepted", 3);
    }

    @Test
    void it_is_written_once_and_those_of_others_never() {
        gatewayClass("selvedge", "controllerName: selvedge.dev/gateway-controller");
        gatewayClass("theirs", "controllerName: example.com/gateway-controller");
        awaitAccepted("selvedge", "True", "Accepted", 1);
        var version = read("selvedge").getMetadata().getResourceVersion();

        await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(10)).until(() -> {
            writer.tick();
            return read("selvedge").getMetadata().getResourceVersion().equals(version)
                    && accepted("theirs").getStatus().equals("Unknown");
        });
    }

    @Test
    void a_replica_that_does_not_lead_leaves_it_alone() {
        leads = false;
        gatewayClass("selvedge", "controllerName: selvedge.dev/gateway-controller");

        await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(10)).until(() -> {
            writer.tick();
            return accepted("selvedge").getStatus().equals("Unknown");
        });
        leads = true;
        awaitAccepted("selvedge", "True", "Accepted", 1);
    }
}
