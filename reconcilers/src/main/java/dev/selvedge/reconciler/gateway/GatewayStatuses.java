// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Condition.Type;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.HttpRoute.Parent.ToGateway;
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
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The status of a Gateway, as a pure function of what is known about it. */
final class GatewayStatuses {
    private static final String HTTP = "HTTP";
    private static final String ACCEPTED = "Accepted";
    private static final String NOT_COMPILED = "This generation has not been compiled yet.";

    private GatewayStatuses() {}

    /**
     * @param outcome what the compiler made of this generation, if it was compiled
     * @param failure why what the Gateway owns cannot be applied, if so
     * @param attached by what the accepted routes are attached to it, once for each route and parent
     */
    static GatewayStatus of(
            Gateway gateway,
            Optional<Outcome> outcome,
            Optional<String> failure,
            Delivery delivery,
            @Nullable Deployment deployment,
            @Nullable Service service,
            List<ToGateway> attached,
            Clock clock) {
        var conditions = conditions(gateway, clock);
        var accepted = outcome.flatMap(o -> accepted(o, conditions))
                .orElseGet(() -> conditions.of(ACCEPTED, "Unknown", "Pending", NOT_COMPILED));
        return new GatewayStatusBuilder()
                .withAddresses(addresses(service))
                .withConditions(accepted, programmed(accepted, failure, delivery, deployment, conditions))
                .withListeners(gateway.getSpec().getListeners().stream()
                        .map(listener -> listener(gateway, listener, attached, clock))
                        .toList())
                .build();
    }

    private static Optional<Condition> accepted(Outcome outcome, GatewayConditions conditions) {
        return outcome.conditions().stream()
                .filter(condition -> condition.type() == Type.ACCEPTED)
                .findFirst()
                .map(condition -> conditions.of(
                        ACCEPTED, condition.status(), condition.reason().text(), condition.message()));
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

    private static ListenerStatus listener(Gateway gateway, Listener listener, List<ToGateway> attached, Clock clock) {
        var before = gateway.getStatus() == null || gateway.getStatus().getListeners() == null
                ? null
                : gateway.getStatus().getListeners().stream()
                        .filter(status -> status.getName().equals(listener.getName()))
                        .map(ListenerStatus::getConditions)
                        .findFirst()
                        .orElse(null);
        var conditions = new GatewayConditions(before, gateway.getMetadata().getGeneration(), clock);
        boolean http = HTTP.equals(listener.getProtocol());
        var builder = new ListenerStatusBuilder()
                .withName(listener.getName())
                .withAttachedRoutes(
                        http
                                ? (int) attached.stream()
                                        .filter(parent -> attaches(parent, listener))
                                        .count()
                                : 0);
        if (http) {
            builder.addNewSupportedKind("gateway.networking.k8s.io", "HTTPRoute")
                    .addNewSupportedKind("gateway.networking.k8s.io", "GRPCRoute")
                    .withConditions(
                            conditions.of("Accepted", true, "Accepted", "The listener is served."),
                            conditions.of("Programmed", true, "Programmed", "The proxies have this listener."),
                            conditions.of("ResolvedRefs", true, "ResolvedRefs", "It refers to nothing."),
                            conditions.of("Conflicted", false, "NoConflicts", "No other listener is in its way."));
        } else {
            builder.withSupportedKinds(List.of())
                    .withConditions(
                            conditions.of(
                                    "Accepted",
                                    false,
                                    "UnsupportedProtocol",
                                    "protocol " + listener.getProtocol() + " is not served; use HTTP."),
                            conditions.of("Programmed", false, "Invalid", "The listener was not accepted."),
                            conditions.of("ResolvedRefs", true, "ResolvedRefs", "Not looked at."),
                            conditions.of("Conflicted", false, "NoConflicts", "No other listener is in its way."));
        }
        return builder.build();
    }

    private static boolean attaches(ToGateway parent, Listener listener) {
        return parent.sectionName().stream().allMatch(listener.getName()::equals)
                && parent.port().stream().allMatch(listener.getPort()::equals);
    }
}
