// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.trafficpolicy;

import dev.selvedge.api.v1alpha1.TrafficPolicy;
import dev.selvedge.api.v1alpha1.TrafficPolicyStatus;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.reconciler.drift.OwnedObjects;
import dev.selvedge.reconciler.leadership.Leadership;
import dev.selvedge.reconciler.status.MeshState;
import dev.selvedge.reconciler.status.PolicyStatus;
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

/** Owns nothing but the status: a policy takes effect through the compiler, on every replica, without a leader. */
@ControllerConfiguration(
        name = "trafficpolicy",
        fieldManager = OwnedObjects.FIELD_MANAGER,
        informer = @Informer(name = "trafficpolicy", itemStore = TrimmedStore.class))
@RateLimited(maxReconciliations = 5, within = 1)
@GradualRetry(maxAttempts = StatusWriter.NO_END, maxInterval = StatusWriter.LONGEST_RETRY)
public class TrafficPolicyReconciler implements Reconciler<TrafficPolicy> {
    /** A status stays small, whatever others write. */
    private static final int NAMED_FIELDS = 32;

    private final PolicyStatusWriter<TrafficPolicy, TrafficPolicyStatus> statuses;

    public TrafficPolicyReconciler(MeshState state, Leadership leadership, Clock clock) {
        this.statuses = new PolicyStatusWriter<>(
                Kind.TRAFFIC_POLICY,
                state,
                leadership,
                clock,
                TrafficPolicy::new,
                TrafficPolicyStatus::conditions,
                TrafficPolicyReconciler::status);
    }

    private static TrafficPolicyStatus status(PolicyStatus status) {
        return new TrafficPolicyStatus(
                status.observedGeneration(),
                status.conditions(),
                status.proxies(),
                status.overriddenBy(),
                status.effective().stream()
                        .limit(NAMED_FIELDS)
                        .map(field -> new TrafficPolicyStatus.Effective(
                                field.service().toString(),
                                field.field(),
                                field.policy().toString()))
                        .toList(),
                Math.max(0, status.effective().size() - NAMED_FIELDS));
    }

    @Override
    public List<EventSource<?, TrafficPolicy>> prepareEventSources(EventSourceContext<TrafficPolicy> context) {
        return statuses.events(context);
    }

    @Override
    public UpdateControl<TrafficPolicy> reconcile(TrafficPolicy policy, Context<TrafficPolicy> context) {
        return statuses.write(policy);
    }
}
