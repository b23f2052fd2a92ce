// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.reconciler.drift.OwnedObjects;
import dev.selvedge.reconciler.drift.OwnedObjects.DriftMode;
import dev.selvedge.reconciler.ingest.GatewayIngest;
import dev.selvedge.reconciler.leadership.Leadership;
import dev.selvedge.reconciler.leadership.LeadershipEvents;
import dev.selvedge.reconciler.proxy.ProxySettings;
import dev.selvedge.reconciler.status.MeshState;
import dev.selvedge.reconciler.status.MeshStateEvents;
import dev.selvedge.reconciler.status.Patience;
import dev.selvedge.reconciler.status.StatusWriter;
import dev.selvedge.reconciler.status.TrimmedStore;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayStatus;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.rate.RateLimited;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.Mappers;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Keeps the proxy of each Gateway of our class as it should be, and writes the Gateway's status. */
@ControllerConfiguration(
        name = "gateway",
        fieldManager = OwnedObjects.FIELD_MANAGER,
        informer = @Informer(name = "gateway", itemStore = TrimmedStore.class))
@RateLimited(maxReconciliations = 2, within = 1)
@GradualRetry(maxAttempts = StatusWriter.NO_END, maxInterval = StatusWriter.LONGEST_RETRY)
public class GatewayReconciler implements Reconciler<Gateway> {
    /** Without a Mesh there is nothing that a proxy could start from. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

    /**
     * What the Mesh in force says.
     *
     * @param proxy what all proxies have in common
     * @param drift what happens to changes by others
     */
    public record InForce(ProxySettings proxy, DriftMode drift) {}

    private final MeshState state;
    private final Leadership leadership;
    private final OwnedObjects owned;
    private final Supplier<Optional<InForce>> mesh;
    private final Clock clock;
    private final StatusWriter<Gateway, GatewayStatus> statuses;
    private final Patience patience = new Patience();

    /** Set once, before the first reconciliation. */
    private final Map<Class<?>, InformerEventSource<?, Gateway>> watched = new HashMap<>();

    public GatewayReconciler(
            MeshState state, Leadership leadership, OwnedObjects owned, Supplier<Optional<InForce>> mesh, Clock clock) {
        this.state = state;
        this.leadership = leadership;
        this.owned = owned;
        this.mesh = mesh;
        this.clock = clock;
        this.statuses = new StatusWriter<>(Gateway::new, GatewayStatuses::set, clock);
    }

    @Override
    public List<EventSource<?, Gateway>> prepareEventSources(EventSourceContext<Gateway> context) {
        var sources = new ArrayList<EventSource<?, Gateway>>();
        sources.add(MeshStateEvents.of(state, Kind.GATEWAY));
        sources.add(LeadershipEvents.of(leadership, context));
        watch(context, Deployment.class);
        watch(context, Service.class);
        watch(context, ServiceAccount.class);
        sources.addAll(watched.values());
        return sources;
    }

    private <T extends HasMetadata> void watch(EventSourceContext<Gateway> context, Class<T> type) {
        watched.put(
                type,
                new InformerEventSource<>(
                        InformerEventSourceConfiguration.from(type, Gateway.class)
                                .withName(type.getSimpleName().toLowerCase(Locale.ROOT))
                                .withLabelSelector(dev.selvedge.api.Labels.GATEWAY_NAME)
                                .withSecondaryToPrimaryMapper(Mappers.fromOwnerReferences(Gateway.class))
                                .build(),
                        context));
    }

    @Override
    public UpdateControl<Gateway> reconcile(Gateway gateway, Context<Gateway> context) {
        if (!leadership.isHeld()
                || !GatewayIngest.GATEWAY_CLASS.equals(gateway.getSpec().getGatewayClassName())) {
            return UpdateControl.noUpdate();
        }
        var inForce = mesh.get();
        if (inForce.isEmpty()) {
            var answer = write(gateway, Optional.empty());
            return answer.getScheduleDelay().isPresent() ? answer : answer.rescheduleAfter(LOOK_AGAIN);
        }
        apply(gateway, inForce.get());
        return write(gateway, Optional.empty());
    }

    private void apply(Gateway gateway, InForce inForce) {
        try {
            owned.apply(
                    gateway,
                    GatewayObjects.desired(gateway, inForce.proxy()),
                    object -> Optional.ofNullable(cached(object.getClass(), gateway)),
                    inForce.drift());
        } catch (KubernetesClientException e) {
            throw new NotApplied(e);
        }
    }

    /** What a Gateway owns cannot be applied, for the reason that the API server gives. */
    private static final class NotApplied extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotApplied(KubernetesClientException cause) {
            super(
                    cause.getStatus() == null
                            ? cause.getMessage()
                            : cause.getStatus().getMessage(),
                    cause);
        }
    }

    /** The status tells of a failure that is not only a moment's: of the second one in a row. */
    @Override
    public ErrorStatusUpdateControl<Gateway> updateErrorStatus(
            Gateway gateway, Context<Gateway> context, Exception failure) {
        var again = context.getRetryInfo()
                .filter(retry -> retry.getAttemptCount() > 0)
                .isPresent();
        return failure instanceof NotApplied && again
                ? write(gateway, Optional.of(text(failure)))
                        .getResource()
                        .map(ErrorStatusUpdateControl::patchStatus)
                        .orElseGet(ErrorStatusUpdateControl::noStatusUpdate)
                : ErrorStatusUpdateControl.noStatusUpdate();
    }

    private static String text(Exception failure) {
        return "What the Gateway needs cannot be applied, and is tried again: " + failure.getMessage();
    }

    /** @param failure why what the Gateway owns cannot be applied, if so */
    private UpdateControl<Gateway> write(Gateway gateway, Optional<String> failure) {
        var meta = gateway.getMetadata();
        var object = ObjectRef.of(Kind.GATEWAY, meta.getNamespace(), meta.getName());
        var compiled = state.outcome(object).filter(outcome -> outcome.generation() == meta.getGeneration());
        var delivery = state.delivery(object);
        var known = compiled.isPresent() && !delivery.isProvisional();
        var instead = patience.instead(gateway, known, GatewayStatuses.isTold(gateway, clock));
        if (instead.isPresent()) {
            return instead.get();
        }
        var status = GatewayStatuses.of(
                gateway,
                compiled,
                failure,
                delivery,
                cached(Deployment.class, gateway),
                cached(Service.class, gateway),
                clock);
        return statuses.write(gateway, gateway.getStatus(), status);
    }

    /** The Gateway's object of that type as an informer last saw it. */
    private <T extends HasMetadata> @Nullable T cached(Class<T> type, Gateway gateway) {
        var source = watched.get(type);
        if (source == null) {
            return null;
        }
        var meta = gateway.getMetadata();
        return source.get(new ResourceID(GatewayObjects.nameOf(meta.getName()), meta.getNamespace()))
                .map(type::cast)
                .orElse(null);
    }
}
