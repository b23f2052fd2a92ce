// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Condition.Type;
import dev.selvedge.compiler.diagnostic.ListenerOutcome;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.reconciler.status.MeshState.Delivery;
import dev.selvedge.reconciler.status.Programmed;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayStatus;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayStatusAddress;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayStatusAddressBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayStatusBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Listener;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ListenerStatus;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ListenerStatusBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.RouteGroupKind;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The status of a Gateway, as a pure function of what is known about it. */
final class GatewayStatuses {
    private static final String NOT_COMPILED = "This generation has not been compiled yet.";

    private GatewayStatuses() {}

    /**
     * @param outcome what the compiler made of this generation, if it was compiled
     * @param failure why what the Gateway owns cannot be applied, if so
     */
    static GatewayStatus of(
            Gateway gateway,
            Optional<Outcome> outcome,
            Optional<String> failure,
            Delivery delivery,
            @Nullable Deployment deployment,
            @Nullable Service service,
            Clock clock) {
        var conditions = conditions(gateway, clock);
        var accepted = outcome.flatMap(o -> accepted(o, conditions))
                .orElseGet(() -> conditions.of(Type.ACCEPTED.text(), "Unknown", "Pending", NOT_COMPILED));
        var programmed = programmed(accepted, failure, delivery, deployment, conditions);
        return new GatewayStatusBuilder()
                .withAddresses(addresses(service))
                .withConditions(accepted, programmed)
                .withListeners(gateway.getSpec().getListeners().stream()
                        .map(listener -> listener(gateway, listener, outcome, programmed, clock))
                        .toList())
                .build();
    }

    private static Optional<Condition> accepted(Outcome outcome, GatewayConditions conditions) {
        return outcome.conditions().stream()
                .filter(condition -> condition.type() == Type.ACCEPTED)
                .findFirst()
                .map(condition -> conditions.of(
                        Type.ACCEPTED.text(),
                        condition.status(),
                        condition.reason().text(),
                        condition.message()));
    }

    /**
     * Sets a status as it can be sent. The list of supported kinds is required before version 1.5 of the Gateway API;
     * when it is empty, fabric8's types leave it out unless it is given again as another property.
     */
    static void set(Gateway patch, GatewayStatus status) {
        patch.setStatus(new GatewayStatusBuilder(status)
                .withListeners(status.getListeners().stream()
                        .map(GatewayStatuses::withKinds)
                        .toList())
                .build());
    }

    private static ListenerStatus withKinds(ListenerStatus listener) {
        return listener.getSupportedKinds().isEmpty()
                ? new ListenerStatusBuilder(listener)
                        .addToAdditionalProperties("supportedKinds", List.of())
                        .build()
                : listener;
    }

    /** Whether the status as it is says of this generation on how many proxies it is. */
    static boolean isTold(Gateway gateway, Clock clock) {
        return conditions(gateway, clock).known(Programmed.TYPE).isPresent();
    }

    private static GatewayConditions conditions(Gateway gateway, Clock clock) {
        var before = gateway.getStatus();
        return new GatewayConditions(
                before == null ? null : before.getConditions(),
                gateway.getMetadata().getGeneration(),
                clock);
    }

    private static Condition programmed(
            Condition accepted,
            Optional<String> failure,
            Delivery delivery,
            @Nullable Deployment deployment,
            GatewayConditions conditions) {
        if (accepted.getStatus().equals("False")) {
            // The Gateway API has no reason for a Gateway that only waits for a Mesh.
            var reason = accepted.getReason().equals(Reason.NO_MESH.text()) ? "Pending" : "Invalid";
            return conditions.of(Programmed.TYPE, false, reason, "Not in force; Accepted says why.");
        }
        if (failure.isPresent()) {
            return conditions.of(Programmed.TYPE, false, "NoResources", failure.get());
        }
        if (accepted.getStatus().equals("Unknown")) {
            return conditions.of(Programmed.TYPE, "Unknown", "Pending", NOT_COMPILED);
        }
        if (ready(deployment) == 0) {
            return conditions.of(
                    Programmed.TYPE, false, "Pending", "No proxy of this Gateway is ready yet; see its Deployment.");
        }
        var rejection = delivery.rejection();
        if (rejection.isPresent()) {
            return conditions.of(
                    Programmed.TYPE,
                    false,
                    "Invalid",
                    "%d of %d proxies refused %s: \"%s\". The last good configuration stays in place."
                            .formatted(
                                    delivery.rejecting(),
                                    delivery.total(),
                                    rejection.get().resource(),
                                    rejection.get().message()));
        }
        if (delivery.isProvisional()) {
            var programmed = Programmed.of(true, delivery, conditions.generation());
            return conditions.of(Programmed.TYPE, programmed.status(), programmed.reason(), programmed.message());
        }
        int current = delivery.generation() < conditions.generation() ? 0 : delivery.current();
        boolean all = delivery.total() > 0 && current == delivery.total();
        return conditions.of(
                Programmed.TYPE,
                all,
                all ? "Programmed" : "Pending",
                "%d of %d proxies acknowledged this generation.".formatted(current, delivery.total()));
    }

    private static int ready(@Nullable Deployment deployment) {
        return deployment == null || deployment.getStatus() == null
                ? 0
                : Objects.requireNonNullElse(deployment.getStatus().getReadyReplicas(), 0);
    }

    private static List<GatewayStatusAddress> addresses(@Nullable Service service) {
        if (service == null || service.getSpec() == null) {
            return List.of();
        }
        var found = new ArrayList<GatewayStatusAddress>();
        if (service.getStatus() != null && service.getStatus().getLoadBalancer() != null) {
            service.getStatus().getLoadBalancer().getIngress().forEach(ingress -> {
                if (ingress.getIp() != null) {
                    found.add(address("IPAddress", ingress.getIp()));
                }
                if (ingress.getHostname() != null) {
                    found.add(address("Hostname", ingress.getHostname()));
                }
            });
        }
        if (found.isEmpty()) {
            service.getSpec().getClusterIPs().forEach(ip -> found.add(address("IPAddress", ip)));
        }
        return found;
    }

    private static GatewayStatusAddress address(String type, String value) {
        return new GatewayStatusAddressBuilder().withType(type).withValue(value).build();
    }

    private static ListenerStatus listener(
            Gateway gateway, Listener listener, Optional<Outcome> outcome, Condition programmed, Clock clock) {
        var conditions = new GatewayConditions(
                before(gateway, listener), gateway.getMetadata().getGeneration(), clock);
        return outcome.stream()
                .flatMap(it -> it.listeners().stream())
                .filter(it -> it.name().equals(listener.getName()))
                .findFirst()
                .map(it -> listener(it, programmed, conditions))
                .orElseGet(() -> new ListenerStatusBuilder()
                        .withName(listener.getName())
                        .withAttachedRoutes(0)
                        .withConditions(
                                conditions.of(Type.ACCEPTED.text(), "Unknown", "Pending", NOT_COMPILED),
                                ofListener(programmed, conditions))
                        .build());
    }

    private static @Nullable List<Condition> before(Gateway gateway, Listener listener) {
        return gateway.getStatus() == null || gateway.getStatus().getListeners() == null
                ? null
                : gateway.getStatus().getListeners().stream()
                        .filter(status -> status.getName().equals(listener.getName()))
                        .map(ListenerStatus::getConditions)
                        .findFirst()
                        .orElse(null);
    }

    /** @param programmed the condition of the Gateway */
    private static ListenerStatus listener(
            ListenerOutcome outcome, Condition programmed, GatewayConditions conditions) {
        return new ListenerStatusBuilder()
                .withName(outcome.name())
                .withAttachedRoutes(outcome.attachedRoutes())
                .withSupportedKinds(
                        outcome.kinds().stream().map(GatewayStatuses::kind).toList())
                .withConditions(Stream.concat(
                                outcome.conditions().stream()
                                        .map(condition -> conditions.of(
                                                condition.type().text(),
                                                condition.status(),
                                                condition.reason().text(),
                                                condition.message())),
                                Stream.of(
                                        outcome.isAccepted()
                                                ? ofListener(programmed, conditions)
                                                : conditions.of(
                                                        Programmed.TYPE,
                                                        false,
                                                        "Invalid",
                                                        "The listener was not accepted.")))
                        .toList())
                .build();
    }

    /** A listener is on the proxies as far as its Gateway is. */
    private static Condition ofListener(Condition ofGateway, GatewayConditions conditions) {
        return conditions.of(Programmed.TYPE, ofGateway.getStatus(), ofGateway.getReason(), ofGateway.getMessage());
    }

    private static RouteGroupKind kind(String groupAndKind) {
        var slash = groupAndKind.indexOf('/');
        return new RouteGroupKind(groupAndKind.substring(0, slash), groupAndKind.substring(slash + 1));
    }
}
