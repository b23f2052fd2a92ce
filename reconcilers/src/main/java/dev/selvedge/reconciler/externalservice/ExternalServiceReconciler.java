// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.externalservice;

import dev.selvedge.api.v1alpha1.ExternalService;
import dev.selvedge.api.v1alpha1.ExternalServiceStatus;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.reconciler.drift.OwnedObjects;
import dev.selvedge.reconciler.leadership.Leadership;
import dev.selvedge.reconciler.status.MeshState;
import dev.selvedge.reconciler.status.PolicyStatusWriter;
import dev.selvedge.reconciler.status.StatusWriter;
import dev.selvedge.reconciler.status.TrimmedStore;
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

/** Owns nothing but the status: it takes effect through the compiler, on every replica, without a leader. */
@ControllerConfiguration(
        name = "externalservice",
        fieldManager = OwnedObjects.FIELD_MANAGER,
        informer = @Informer(name = "externalservice", itemStore = TrimmedStore.class))
@RateLimited(maxReconciliations = 5, within = 1)
@GradualRetry(maxAttempts = StatusWriter.NO_END, maxInterval = StatusWriter.LONGEST_RETRY)
public class ExternalServiceReconciler implements Reconciler<ExternalService> {
    private final PolicyStatusWriter<ExternalService, ExternalServiceStatus> statuses;

    public ExternalServiceReconciler(MeshState state, Leadership leadership, Clock clock) {
        this.statuses = new PolicyStatusWriter<>(
                Kind.EXTERNAL_SERVICE,
                state,
                leadership,
                clock,
                ExternalService::new,
                ExternalServiceStatus::conditions,
                status -> new ExternalServiceStatus(
                        status.observedGeneration(), status.conditions(), status.proxies(), status.overriddenBy()));
    }

    @Override
    public List<EventSource<?, ExternalService>> prepareEventSources(EventSourceContext<ExternalService> context) {
        return statuses.events(context);
    }

    @Override
    public UpdateControl<ExternalService> reconcile(ExternalService service, Context<ExternalService> context) {
        return statuses.write(service);
    }
}
