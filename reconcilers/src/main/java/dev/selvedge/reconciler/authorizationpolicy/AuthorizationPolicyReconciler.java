// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.authorizationpolicy;

import dev.selvedge.api.v1alpha1.AuthorizationPolicy;
import dev.selvedge.api.v1alpha1.AuthorizationPolicyStatus;
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

/** Owns nothing but the status: a policy takes effect through the compiler, on every replica, without a leader. */
@ControllerConfiguration(
        name = "authorizationpolicy",
        fieldManager = OwnedObjects.FIELD_MANAGER,
        informer = @Informer(name = "authorizationpolicy", itemStore = TrimmedStore.class))
@RateLimited(maxReconciliations = 5, within = 1)
@GradualRetry(maxAttempts = StatusWriter.NO_END, maxInterval = StatusWriter.LONGEST_RETRY)
public class AuthorizationPolicyReconciler implements Reconciler<AuthorizationPolicy> {
    private final PolicyStatusWriter<AuthorizationPolicy, AuthorizationPolicyStatus> statuses;

    public AuthorizationPolicyReconciler(MeshState state, Leadership leadership, Clock clock) {
        this.statuses = new PolicyStatusWriter<>(
                Kind.AUTHORIZATION_POLICY,
                state,
                leadership,
                clock,
                AuthorizationPolicy::new,
                AuthorizationPolicyStatus::conditions,
                status -> new AuthorizationPolicyStatus(
                        status.observedGeneration(), status.conditions(), status.proxies()));
    }

    @Override
    public List<EventSource<?, AuthorizationPolicy>> prepareEventSources(
            EventSourceContext<AuthorizationPolicy> context) {
        return statuses.events(context);
    }

    @Override
    public UpdateControl<AuthorizationPolicy> reconcile(
            AuthorizationPolicy policy, Context<AuthorizationPolicy> context) {
        return statuses.write(policy);
    }
}
