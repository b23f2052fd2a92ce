// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.reconciler.gateway.ControllerObject.Feature;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

final class GatewayClassStatusesTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);

    private static GatewayClass gatewayClass(String name, String more) {
        return Serialization.unmarshal("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: GatewayClass
                metadata: {name: %s, generation: 3}
                spec: {controllerName: selvedge.dev/gateway-controller}
                """.formatted(name) + more, GatewayClass.class);
    }

    private static Condition accepted(GatewayClass gatewayClass) {
        var conditions = new GatewayConditions(null, gatewayClass.getMetadata().getGeneration(), CLOCK);
        var status = GatewayClassStatuses.of(gatewayClass.getMetadata().getName(), gatewayClass.getSpec(), conditions);
        assertThat(status.supportedFeatures()).isNull();
        assertThat(status.conditions()).hasSize(1);
        return status.conditions().getFirst();
    }

    @Test
    void the_class_that_is_served_is_accepted() {
        var accepted = accepted(gatewayClass("selvedge", ""));

        assertThat(accepted.getType() + " " + accepted.getStatus() + " " + accepted.getReason())
                .isEqualTo("Accepted True Accepted");
        assertThat(accepted.getObservedGeneration()).isEqualTo(3);
        assertThat(accepted.getLastTransitionTime()).isEqualTo("2026-01-02T03:04:05Z");
    }

    @Test
    void a_class_of_another_name_is_not_supported() {
        var accepted = accepted(gatewayClass("blue", ""));

        assertThat(accepted.getStatus() + " " + accepted.getReason()).isEqualTo("False Unsupported");
        assertThat(accepted.getMessage())
                .isEqualTo("metadata.name: \"blue\": only the class \"selvedge\" is served; create that one, name it in"
                        + " Gateways, and delete this one.");
    }

    @Test
    void parameters_are_refused() {
        var gatewayClass = gatewayClass("selvedge", "");
        gatewayClass.setSpec(new ControllerObject.Spec(
                gatewayClass.getSpec().controllerName(),
                new ControllerObject.Reference("selvedge.dev", "Mesh", "default", null)));

        var accepted = accepted(gatewayClass);

        assertThat(accepted.getStatus() + " " + accepted.getReason()).isEqualTo("False InvalidParameters");
        assertThat(accepted.getMessage())
                .isEqualTo("spec.parametersRef: \"selvedge.dev/Mesh default\": a class of ours has no parameters; leave"
                        + " parametersRef out.");
    }

    @Test
    void features_are_read_as_objects_and_as_strings() {
        var now = gatewayClass("theirs", "status: {supportedFeatures: [{name: Gateway}]}");
        var before = gatewayClass("theirs", "status: {supportedFeatures: [Gateway]}");

        assertThat(now.getStatus().supportedFeatures()).containsExactly(new Feature("Gateway"));
        assertThat(before.getStatus()).isEqualTo(now.getStatus());
    }
}
