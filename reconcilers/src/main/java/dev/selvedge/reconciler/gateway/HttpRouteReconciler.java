// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.reconciler.drift.OwnedObjects;
import dev.selvedge.reconciler.leadership.Leadership;
import dev.selvedge.reconciler.status.MeshState;
import dev.selvedge.reconciler.status.StatusWriter;
import dev.selvedge.reconciler.status.TrimmedStore;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteStatus;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteStatusBuilder;
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
        informer = @Informer(name = "httproute", itemStore = TrimmedStore.class))
@RateLimited(maxReconciliations = 5, within = 1)
@GradualRetry(maxAttempts = StatusWriter.NO_END, maxInterval = StatusWriter.LONGEST_RETRY)
public class HttpRouteReconciler implements Reconciler<HTTPRoute> {
    private final RouteStatusWriter<HTTPRoute, HTTPRouteStatus> statuses;

    public HttpRouteReconciler(MeshState state, Leadership leadership, Clock clock) {
        this.statuses = new RouteStatusWriter<>(
                Kind.HTTP_ROUTE,
                state,
                leadership,
                clock,
                new RouteStatusWriter.Fields<>(
                        HTTPRoute::new,
                        route -> route.getSpec().getParentRefs(),
                        HTTPRoute::getStatus,
                        HTTPRoute::setStatus,
                        HTTPRouteStatus::getParents,
                        parents -> new HTTPRouteStatusBuilder()
                                .withParents(parents)
                                .withAdditionalProperties(RouteStatuses.noParents(parents))
                                .build()));
    }

    @Override
    public List<EventSource<?, HTTPRoute>> prepareEventSources(EventSourceContext<HTTPRoute> context) {
        return statuses.events(context);
    }

    @Override
    public UpdateControl<HTTPRoute> reconcile(HTTPRoute route, Context<HTTPRoute> context) {
        return statuses.write(route);
    }
}
