// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import static java.util.Objects.requireNonNullElse;

import dev.selvedge.compiler.diagnostic.Outcome;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteStatus;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteStatusBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReference;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.RouteParentStatus;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.RouteParentStatusBuilder;
import java.time.Clock;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The status of an HTTPRoute for those of its parents that are ours; what other controllers wrote stays. */
final class HttpRouteStatuses {
    /** Our name in {@code status.parents[].controllerName} and in GatewayClass. */
    static final String CONTROLLER = "selvedge.dev/gateway-controller";

    private static final String GROUP = "gateway.networking.k8s.io";

    private HttpRouteStatuses() {}

    /** @param ours whether a parent is a Gateway of our class */
    static HTTPRouteStatus of(HTTPRoute route, Outcome outcome, Predicate<ParentReference> ours, Clock clock) {
        var before = parents(route);
        var mine = requireNonNullElse(route.getSpec().getParentRefs(), List.<ParentReference>of()).stream()
                .filter(ours)
                .map(parent -> parentStatus(route, parent, outcome, before, clock));
        return new HTTPRouteStatusBuilder()
                .withParents(Stream.concat(
                                before.stream().filter(status -> !CONTROLLER.equals(status.getControllerName())), mine)
                        .toList())
                .build();
    }

    private static RouteParentStatus parentStatus(
            HTTPRoute route, ParentReference parent, Outcome outcome, List<RouteParentStatus> before, Clock clock) {
        var previous = before.stream()
                .filter(status -> CONTROLLER.equals(status.getControllerName()) && parent.equals(status.getParentRef()))
                .map(RouteParentStatus::getConditions)
                .findFirst()
                .orElse(null);
        return new RouteParentStatusBuilder()
                .withControllerName(CONTROLLER)
                .withParentRef(parent)
                .withConditions(
                        conditions(outcome, previous, route.getMetadata().getGeneration(), clock))
                .build();
    }

    private static List<Condition> conditions(
            Outcome outcome, @Nullable List<Condition> previous, long generation, Clock clock) {
        var factory = new GatewayConditions(previous, generation, clock);
        return outcome.conditions().stream()
                .map(condition -> factory.of(
                        condition.type().text(),
                        condition.status(),
                        condition.reason().text(),
                        condition.message()))
                .toList();
    }

    private static List<RouteParentStatus> parents(HTTPRoute route) {
        return route.getStatus() == null || route.getStatus().getParents() == null
                ? List.of()
                : route.getStatus().getParents();
    }

    /** Whether a parent reference of the route names this Gateway. */
    static boolean refersTo(ParentReference parent, HTTPRoute route, Gateway gateway) {
        return GROUP.equals(requireNonNullElse(parent.getGroup(), GROUP))
                && "Gateway".equals(requireNonNullElse(parent.getKind(), "Gateway"))
                && parent.getName().equals(gateway.getMetadata().getName())
                && requireNonNullElse(parent.getNamespace(), route.getMetadata().getNamespace())
                        .equals(gateway.getMetadata().getNamespace());
    }
}
