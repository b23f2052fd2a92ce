// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Condition.Type;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.reconciler.status.MeshState.Delivery;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayStatus;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class GatewayStatusesTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);
    private static final ObjectRef EDGE = ObjectRef.of(Kind.GATEWAY, "shop", "edge");
    private static final Optional<Outcome> SERVED = outcome(true, Reason.ACCEPTED, "All listeners are served.");

    @Test
    void it_is_programmed_when_all_proxies_acknowledged_this_generation() {
        var status = of(SERVED, delivery(2, 2, 2));

        assertThat(text(status, "Accepted")).isEqualTo("True Accepted: All listeners are served.");
        assertThat(text(status, "Programmed"))
                .isEqualTo("True Programmed: 2 of 2 proxies acknowledged this generation.");
        assertThat(text(of(SERVED, delivery(2, 2, 1)), "Programmed"))
                .isEqualTo("False Pending: 1 of 2 proxies acknowledged this generation.");
    }

    @Test
    void what_proxies_acknowledged_of_an_older_generation_does_not_count() {
        assertThat(text(of(SERVED, delivery(1, 2, 2)), "Programmed"))
                .isEqualTo("False Pending: 0 of 2 proxies acknowledged this generation.");
    }

    @Test
    void nothing_is_claimed_of_a_generation_that_is_not_compiled() {
        var status = of(Optional.empty(), delivery(1, 2, 2));

        assertThat(text(status, "Accepted")).isEqualTo("Unknown Pending: This generation has not been compiled yet.");
        assertThat(text(status, "Programmed")).isEqualTo("Unknown Pending: This generation has not been compiled yet.");
    }

    @Test
    void without_a_mesh_it_is_not_programmed_whatever_its_proxies_have() {
        var status = of(outcome(false, Reason.NO_MESH, "Create one."), delivery(2, 2, 2));

        assertThat(text(status, "Accepted")).isEqualTo("False NoMesh: Create one.");
        assertThat(text(status, "Programmed")).isEqualTo("False Pending: Not in force; Accepted says why.");
    }

    @Test
    void one_without_a_listener_that_can_be_served_is_invalid() {
        var status = of(outcome(false, Reason.LISTENERS_NOT_VALID, "Use HTTP."), delivery(2, 0, 0));

        assertThat(text(status, "Programmed")).isEqualTo("False Invalid: Not in force; Accepted says why.");
    }

    @Test
    void what_it_owns_and_cannot_be_applied_is_told_whatever_its_proxies_have() {
        var status = GatewayStatuses.of(
                gateway(), SERVED, Optional.of("Over quota."), delivery(2, 2, 2), ready(2), null, CLOCK);

        assertThat(text(status, "Programmed")).isEqualTo("False NoResources: Over quota.");
    }

    @Test
    void a_listener_that_supports_no_kind_of_route_is_sent_with_the_empty_list() {
        var gateway = gateway();
        gateway.getSpec().getListeners().getFirst().setProtocol("HTTPS");
        var status = GatewayStatuses.of(gateway, SERVED, Optional.empty(), delivery(2, 2, 2), ready(2), null, CLOCK);
        var patch = new Gateway();

        GatewayStatuses.set(patch, status);

        var json = new KubernetesSerialization().asJson(patch);
        assertThat(json).contains("\"supportedKinds\":[]");
        assertThat(new KubernetesSerialization().unmarshal(json, Gateway.class).getStatus())
                .as("it is compared with what comes back")
                .isEqualTo(status);
    }

    @Test
    void it_is_told_only_when_the_status_speaks_of_this_generation() {
        var gateway = gateway();
        assertThat(GatewayStatuses.isTold(gateway, CLOCK)).isFalse();

        gateway.setStatus(of(SERVED, delivery(2, 2, 2)));
        assertThat(GatewayStatuses.isTold(gateway, CLOCK)).isTrue();

        gateway.getMetadata().setGeneration(3L);
        assertThat(GatewayStatuses.isTold(gateway, CLOCK)).isFalse();
    }

    private static GatewayStatus of(Optional<Outcome> outcome, Delivery delivery) {
        return GatewayStatuses.of(gateway(), outcome, Optional.empty(), delivery, ready(2), null, CLOCK);
    }

    private static String text(GatewayStatus status, String type) {
        return status.getConditions().stream()
                .filter(condition -> type.equals(condition.getType()))
                .map(GatewayStatusesTest::text)
                .findFirst()
                .orElseThrow();
    }

    private static String text(Condition condition) {
        assertThat(condition.getObservedGeneration()).isEqualTo(2);
        return condition.getStatus() + " " + condition.getReason() + ": " + condition.getMessage();
    }

    private static Optional<Outcome> outcome(boolean accepted, Reason reason, String message) {
        var condition = new dev.selvedge.compiler.diagnostic.Condition(Type.ACCEPTED, accepted, reason, message);
        return Optional.of(new Outcome(EDGE, 2, List.of(condition), List.of()));
    }

    private static Delivery delivery(long generation, int total, int current) {
        return new Delivery(generation, total, current, total - current, 0, Optional.empty(), List.of());
    }

    private static Deployment ready(int replicas) {
        return new DeploymentBuilder()
                .withNewStatus()
                .withReadyReplicas(replicas)
                .endStatus()
                .build();
    }

    private static Gateway gateway() {
        return new GatewayBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("edge")
                .withGeneration(2L)
                .endMetadata()
                .withNewSpec()
                .withGatewayClassName("selvedge")
                .addNewListener()
                .withName("web")
                .withPort(80)
                .withProtocol("HTTP")
                .endListener()
                .endSpec()
                .build();
    }
}
