// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.authorizationpolicy;

import dev.selvedge.api.v1alpha1.AuthorizationPolicy;
import dev.selvedge.api.v1alpha1.AuthorizationPolicyStatus;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.reconciler.leadership.Leadership;
import dev.selvedge.reconciler.leadership.LeadershipEvents;
import dev.selvedge.reconciler.status.Conditions;
import dev.selvedge.reconciler.status.MeshState;
import dev.selvedge.reconciler.status.MeshStateEvents;
import dev.selvedge.reconciler.status.PolicyStatus;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.rate.RateLimited;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Clock;
import java.util.List;

/** Owns nothing but the status: a policy takes effect through the compiler, on every replica, without a leader. */
@ControllerConfiguration(
        name = "authorizationpolicy",
        fieldManager = "selvedge",
        informer = @Informer(name = "authorizationpolicy"))
@RateLimited(maxReconciliations = 2, within = 1)
public class AuthorizationPolicyReconciler implements Reconciler<AuthorizationPolicy> {
    private final MeshState state;
    private final Leadership leadership;
    private final Clock clock;

    public AuthorizationPolicyReconciler(MeshState state, Leadership leadership, Clock clock) {
        this.state = state;
        this.leadership = leadership;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, AuthorizationPolicy>> prepareEventSources(
            EventSourceContext<AuthorizationPolicy> context) {
        return List.of(MeshStateEvents.of(state, Kind.AUTHORIZATION_POLICY), LeadershipEvents.of(leadership, context));
    }

    @Override
    public UpdateControl<AuthorizationPolicy> reconcile(
            AuthorizationPolicy policy, Context<AuthorizationPolicy> context) {
        if (!leadership.isHeld()) {
            return UpdateControl.noUpdate();
        }
        var meta = policy.getMetadata();
        var object = ObjectRef.of(Kind.AUTHORIZATION_POLICY, meta.getNamespace(), meta.getName());
        var before = policy.getStatus();
        var conditions = new Conditions(before == null ? List.of() : before.conditions(), meta.getGeneration(), clock);
        var status = PolicyStatus.of(conditions, state.outcome(object), state.delivery(object));
        var now = new AuthorizationPolicyStatus(status.observedGeneration(), status.conditions(), status.proxies());
        if (now.equals(before)) {
            return UpdateControl.noUpdate();
        }
        // Applied by the server: an object of its own that holds the status and nothing else.
        var patch = new AuthorizationPolicy();
        patch.setMetadata(new ObjectMetaBuilder()
                .withNamespace(meta.getNamespace())
                .withName(meta.getName())
                .build());
        patch.setStatus(now);
        return UpdateControl.patchStatus(patch);
    }
}
