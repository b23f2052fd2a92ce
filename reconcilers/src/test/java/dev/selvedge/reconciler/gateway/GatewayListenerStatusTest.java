// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Condition.Type;
import dev.selvedge.compiler.diagnostic.ListenerOutcome;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.reconciler.status.MeshState.Delivery;
import dev.selvedge.reconciler.status.MeshState.Rejection;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ListenerStatus;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class GatewayListenerStatusTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);
    private static final Delivery EVERYWHERE = new Delivery(2, 2, 2, 0, 0, Optional.empty(), List.of());
    private static final Deployment READY = new DeploymentBuilder()
            .withNewStatus()
            .withReadyReplicas(2)
            .endStatus()
            .build();
    private static final Gateway GATEWAY = Serialization.unmarshal("""
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {namespace: shop, name: edge, generation: 2}
            spec:
              gatewayClassName: selvedge
              listeners:
              - {name: web, port: 80, protocol: HTTP}
              - {name: reserved, port: 15021, protocol: HTTP}
            """, Gateway.class);
    private static final ListenerOutcome WEB = new ListenerOutcome(
            "web",
            List.of(
                    new dev.selvedge.compiler.diagnostic.Condition(
                            Type.ACCEPTED, true, Reason.ACCEPTED, "The listener is served."),
                    new dev.selvedge.compiler.diagnostic.Condition(
                            Type.RESOLVED_REFS, false, Reason.INVALID_ROUTE_KINDS, "No such kind.")),
            List.of("gateway.networking.k8s.io/GRPCRoute"),
            3);
    private static final ListenerOutcome RESERVED = new ListenerOutcome(
            "reserved",
            List.of(new dev.selvedge.compiler.diagnostic.Condition(
                    Type.ACCEPTED, false, Reason.PORT_UNAVAILABLE, "Not served.")),
            List.of(),
            1);
    private static final Outcome OUTCOME = new Outcome(
            ObjectRef.of(Kind.GATEWAY, "shop", "edge"),
            2,
            List.of(new dev.selvedge.compiler.diagnostic.Condition(
                    Type.ACCEPTED, true, Reason.LISTENERS_NOT_VALID, "One is served.")),
            List.of(),
            List.of(),
            Map.of(),
            List.of(WEB, RESERVED));

    private static List<ListenerStatus> listeners(Delivery delivery, Deployment deployment) {
        return GatewayStatuses.of(GATEWAY, Optional.of(OUTCOME), Optional.empty(), delivery, deployment, null, CLOCK)
                .getListeners();
    }

    private static List<String> conditions(ListenerStatus listener) {
        return listener.getConditions().stream()
                .map(condition -> condition.getType() + "=" + condition.getStatus() + " " + condition.getReason())
                .toList();
    }

    @Test
    void a_listener_says_what_the_compiler_made_of_it() {
        var listeners = listeners(EVERYWHERE, READY);

        assertThat(conditions(listeners.get(0)))
                .containsExactly(
                        "Accepted=True Accepted", "ResolvedRefs=False InvalidRouteKinds", "Programmed=True Programmed");
        assertThat(listeners.get(0).getAttachedRoutes()).isEqualTo(3);
        assertThat(listeners.get(0).getSupportedKinds())
                .extracting(kind -> kind.getGroup() + " " + kind.getKind())
                .containsExactly("gateway.networking.k8s.io GRPCRoute");
        assertThat(conditions(listeners.get(1)))
                .containsExactly("Accepted=False PortUnavailable", "Programmed=False Invalid");
        assertThat(listeners.get(1).getAttachedRoutes()).isEqualTo(1);
        assertThat(listeners.get(1).getSupportedKinds()).isEmpty();
    }

    @Test
    void it_is_programmed_as_far_as_its_gateway_is() {
        var refused = new Delivery(
                2, 2, 1, 0, 1, Optional.of(new Rejection("gateway|80", "no", List.of("shop/edge-1"))), List.of());

        assertThat(conditions(listeners(EVERYWHERE, new Deployment()).getFirst()))
                .contains("Programmed=False Pending");
        assertThat(conditions(listeners(refused, READY).getFirst())).contains("Programmed=False Invalid");
    }

    @Test
    void it_is_pending_until_its_gateway_is_compiled() {
        var status = GatewayStatuses.of(GATEWAY, Optional.empty(), Optional.empty(), EVERYWHERE, null, null, CLOCK);

        assertThat(conditions(status.getListeners().getFirst())).contains("Accepted=Unknown Pending");
    }
}
