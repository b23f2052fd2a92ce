// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.reconciler.drift.OwnedObjects;
import dev.selvedge.reconciler.leadership.Leadership;
import dev.selvedge.reconciler.status.MeshState;
import dev.selvedge.reconciler.status.StatusWriter;
import dev.selvedge.reconciler.status.TrimmedStore;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRouteStatus;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRouteStatusBuilder;
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
        informer = @Informer(name = "grpcroute", itemStore = TrimmedStore.class))
@RateLimited(maxReconciliations = 5, within = 1)
@GradualRetry(maxAttempts = StatusWriter.NO_END, maxInterval = StatusWriter.LONGEST_RETRY)
public class GrpcRouteReconciler implements Reconciler<GRPCRoute> {
    private final RouteStatusWriter<GRPCRoute, GRPCRouteStatus> statuses;

    public GrpcRouteReconciler(MeshState state, Leadership leadership, Clock clock) {
        this.statuses = new RouteStatusWriter<>(
                Kind.GRPC_ROUTE,
                state,
                leadership,
                clock,
                new RouteStatusWriter.Fields<>(
                        GRPCRoute::new,
                        route -> route.getSpec().getParentRefs(),
                        GRPCRoute::getStatus,
                        GRPCRoute::setStatus,
                        GRPCRouteStatus::getParents,
                        parents -> new GRPCRouteStatusBuilder()
                                .withParents(parents)
                                .withAdditionalProperties(RouteStatuses.noParents(parents))
                                .build()));
    }

    @Override
    public List<EventSource<?, GRPCRoute>> prepareEventSources(EventSourceContext<GRPCRoute> context) {
        return statuses.events(context);
    }

    @Override
    public UpdateControl<GRPCRoute> reconcile(GRPCRoute route, Context<GRPCRoute> context) {
        return statuses.write(route);
    }
}
