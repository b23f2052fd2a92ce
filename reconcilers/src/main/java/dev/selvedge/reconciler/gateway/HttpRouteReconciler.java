// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.reconciler.drift.OwnedObjects;
import dev.selvedge.reconciler.leadership.Leadership;
import dev.selvedge.reconciler.leadership.LeadershipEvents;
import dev.selvedge.reconciler.status.MeshState;
import dev.selvedge.reconciler.status.MeshStateEvents;
import dev.selvedge.reconciler.status.StatusWriter;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteStatus;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReference;
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
import java.util.Objects;

/** Writes the status of HTTPRoutes for the Gateways that are ours. */
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
        var outcome = state.outcome(ObjectRef.of(Kind.HTTP_ROUTE, meta.getNamespace(), meta.getName()))
                .filter(found -> found.generation() == meta.getGeneration());
        if (outcome.isEmpty()) {
            return UpdateControl.noUpdate();
        }
        var status = HttpRouteStatuses.of(route, outcome.get(), parent -> isOurs(parent, meta.getNamespace()), clock);
        // The list of parents has other controllers' entries, and is applied as a whole.
        return status.getParents().isEmpty()
                ? UpdateControl.noUpdate()
                : statuses.writeUnlessChanged(route, route.getStatus(), status);
    }

    /** The compiler knows Gateways of our class only. */
    private boolean isOurs(ParentReference parent, String namespace) {
        var kind = Objects.requireNonNullElse(parent.getKind(), "Gateway");
        var name = new ObjectName(Objects.requireNonNullElse(parent.getNamespace(), namespace), parent.getName());
        return kind.equals("Gateway")
                && state.outcome(new ObjectRef(Kind.GATEWAY, name)).isPresent();
    }
}
