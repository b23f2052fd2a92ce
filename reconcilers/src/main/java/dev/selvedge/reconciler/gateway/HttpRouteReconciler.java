// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.reconciler.drift.OwnedObjects;
import dev.selvedge.reconciler.leadership.Leadership;
import dev.selvedge.reconciler.leadership.LeadershipEvents;
import dev.selvedge.reconciler.status.MeshState;
import dev.selvedge.reconciler.status.MeshStateEvents;
import dev.selvedge.reconciler.status.StatusWriter;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteStatus;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteStatusBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.RouteParentStatus;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.rate.RateLimited;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.time.Clock;
import java.util.List;

/** Writes what became of HTTPRoutes at the Gateways that are ours and at Services. */
@ControllerConfiguration(
        name = "httproute",
        fieldManager = OwnedObjects.FIELD_MANAGER,
        informer = @Informer(name = "httproute"))
@RateLimited(maxReconciliations = 5, within = 1)
@GradualRetry(maxAttempts = StatusWriter.NO_END, maxInterval = StatusWriter.LONGEST_RETRY)
public class HttpRouteReconciler implements Reconciler<HTTPRoute> {
    private final MeshState state;
    private final Leadership leadership;
    private final Clock clock;
    private final StatusWriter<HTTPRoute, HTTPRouteStatus> statuses;

    public HttpRouteReconciler(MeshState state, Leadership leadership, Clock clock) {
        this.state = state;
        this.leadership = leadership;
        this.clock = clock;
        this.statuses = new StatusWriter<>(HTTPRoute::new, HTTPRoute::setStatus, clock);
    }

    @Override
    public List<EventSource<?, HTTPRoute>> prepareEventSources(EventSourceContext<HTTPRoute> context) {
        return List.of(MeshStateEvents.of(state, Kind.HTTP_ROUTE), LeadershipEvents.of(leadership, context));
    }

    @Override
    public UpdateControl<HTTPRoute> reconcile(HTTPRoute route, Context<HTTPRoute> context) {
        if (!leadership.isHeld()) {
            return UpdateControl.noUpdate();
        }
        var meta = route.getMetadata();
        var object = ObjectRef.of(Kind.HTTP_ROUTE, meta.getNamespace(), meta.getName());
        var outcome = state.outcome(object).filter(found -> found.generation() == meta.getGeneration());
        if (outcome.isEmpty()) {
            return UpdateControl.noUpdate();
        }
        var parents = new RouteStatuses(meta, parents(route), clock)
                .of(route.getSpec().getParentRefs(), outcome.get(), state.delivery(object));
        // The list of parents has other controllers' entries, and is applied as a whole.
        return parents.isEmpty()
                ? UpdateControl.noUpdate()
                : statuses.writeUnlessChanged(
                        route,
                        route.getStatus(),
                        new HTTPRouteStatusBuilder().withParents(parents).build());
    }

    private static List<RouteParentStatus> parents(HTTPRoute route) {
        return route.getStatus() == null || route.getStatus().getParents() == null
                ? List.of()
                : route.getStatus().getParents();
    }
}
