// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import static java.util.Objects.requireNonNullElse;

import dev.selvedge.compiler.diagnostic.Condition.Type;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.reconciler.ingest.RouteIngest;
import dev.selvedge.reconciler.status.MeshState.Delivery;
import dev.selvedge.reconciler.status.Programmed;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReference;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.RouteParentStatus;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.RouteParentStatusBuilder;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the status of a route says of those of its parents that are ours; what other controllers wrote stays.
 *
 * @param before the parents in the status as it is
 */
record RouteStatuses(ObjectMeta meta, List<RouteParentStatus> before, Clock clock) {
    /** Our name in {@code status.parents[].controllerName} and in GatewayClass. */
    static final String CONTROLLER = "selvedge.dev/gateway-controller";

    /**
     * @param parents the references in the route's spec
     * @param outcomes of those that are ours
     */
    List<RouteParentStatus> of(
            @Nullable List<ParentReference> parents,
            Map<HttpRoute.Parent, List<dev.selvedge.compiler.diagnostic.Condition>> outcomes,
            Delivery delivery) {
        var mine = requireNonNullElse(parents, List.<ParentReference>of()).stream()
                .flatMap(parent -> RouteIngest.parent(parent, meta.getNamespace())
                        .filter(outcomes::containsKey)
                        .map(known -> parentStatus(parent, known, outcomes, delivery))
                        .stream());
        return Stream.concat(before.stream().filter(status -> !isOurs(status)), mine)
                .toList();
    }

    /** The list is required; when it is empty, fabric8's types leave it out unless it is given again as another property. */
    static Map<String, Object> noParents(List<RouteParentStatus> parents) {
        return parents.isEmpty() ? Map.of("parents", List.of()) : Map.of();
    }

    /** Whether an entry of a status was written by us. */
    static boolean isOurs(RouteParentStatus status) {
        return CONTROLLER.equals(status.getControllerName());
    }

    /** Whether the status as it is says of this generation on how many proxies it is. */
    boolean told() {
        return before.stream()
                .filter(RouteStatuses::isOurs)
                .flatMap(status -> status.getConditions().stream())
                .anyMatch(condition -> Programmed.TYPE.equals(condition.getType())
                        && meta.getGeneration().equals(condition.getObservedGeneration()));
    }

    private RouteParentStatus parentStatus(
            ParentReference parent,
            HttpRoute.Parent known,
            Map<HttpRoute.Parent, List<dev.selvedge.compiler.diagnostic.Condition>> outcomes,
            Delivery delivery) {
        var previous = before.stream()
                .filter(status -> isOurs(status) && parent.equals(status.getParentRef()))
                .map(RouteParentStatus::getConditions)
                .findFirst()
                .orElse(null);
        var conditions = requireNonNullElse(outcomes.get(known), List.<dev.selvedge.compiler.diagnostic.Condition>of());
        return new RouteParentStatusBuilder()
                .withControllerName(CONTROLLER)
                .withParentRef(parent)
                .withConditions(conditions(conditions, delivery, previous))
                .build();
    }

    private List<Condition> conditions(
            List<dev.selvedge.compiler.diagnostic.Condition> compiled,
            Delivery delivery,
            @Nullable List<Condition> previous) {
        var factory = new GatewayConditions(previous, meta.getGeneration(), clock);
        var accepted = compiled.stream()
                .filter(condition -> condition.type() == Type.ACCEPTED)
                .allMatch(dev.selvedge.compiler.diagnostic.Condition::status);
        var programmed = Programmed.of(accepted, delivery, meta.getGeneration());
        return Stream.concat(
                        compiled.stream()
                                .map(condition -> factory.of(
                                        condition.type().text(),
                                        condition.status(),
                                        condition.reason().text(),
                                        condition.message())),
                        Stream.of(factory.of(
                                Programmed.TYPE, programmed.status(), programmed.reason(), programmed.message())))
                .toList();
    }
}
