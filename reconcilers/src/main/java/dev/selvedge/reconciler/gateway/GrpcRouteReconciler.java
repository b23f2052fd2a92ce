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
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRouteStatus;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRouteStatusBuilder;
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

/** Writes what became of GRPCRoutes at the Gateways that are ours and at Services. */
@ControllerConfiguration(
        name = "grpcroute",
        fieldManager = OwnedObjects.FIELD_MANAGER,
        informer = @Informer(name = "grpcroute"))
@RateLimited(maxReconciliations = 5, within = 1)
@GradualRetry(maxAttempts = StatusWriter.NO_END, maxInterval = StatusWriter.LONGEST_RETRY)
public class GrpcRouteReconciler implements Reconciler<GRPCRoute> {
    private final MeshState state;
    private final Leadership leadership;
    private final Clock clock;
    private final StatusWriter<GRPCRoute, GRPCRouteStatus> statuses;

    public GrpcRouteReconciler(MeshState state, Leadership leadership, Clock clock) {
        this.state = state;
        this.leadership = leadership;
        this.clock = clock;
        this.statuses = new StatusWriter<>(GRPCRoute::new, GRPCRoute::setStatus, clock);
    }

    @Override
    public List<EventSource<?, GRPCRoute>> prepareEventSources(EventSourceContext<GRPCRoute> context) {
        return List.of(MeshStateEvents.of(state, Kind.GRPC_ROUTE), LeadershipEvents.of(leadership, context));
    }

    @Override
    public UpdateControl<GRPCRoute> reconcile(GRPCRoute route, Context<GRPCRoute> context) {
        if (!leadership.isHeld()) {
            return UpdateControl.noUpdate();
        }
        var meta = route.getMetadata();
        var object = ObjectRef.of(Kind.GRPC_ROUTE, meta.getNamespace(), meta.getName());
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
                        new GRPCRouteStatusBuilder().withParents(parents).build());
    }

    private static List<RouteParentStatus> parents(GRPCRoute route) {
        return route.getStatus() == null || route.getStatus().getParents() == null
                ? List.of()
                : route.getStatus().getParents();
    }
}
