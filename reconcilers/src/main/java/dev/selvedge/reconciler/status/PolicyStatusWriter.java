// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.status;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.reconciler.leadership.Leadership;
import dev.selvedge.reconciler.leadership.LeadershipEvents;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Clock;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reconciles one kind of policy: it owns nothing but the status, which says what became of it and on how many proxies. */
public final class PolicyStatusWriter<P extends CustomResource<?, S>, S> {
    private final Kind kind;
    private final MeshState state;
    private final Leadership leadership;
    private final Clock clock;
    private final Function<S, List<Condition>> conditions;
    private final Function<PolicyStatus, S> status;
    private final StatusWriter<P, S> writer;
    private final Patience patience = new Patience();

    /**
     * @param empty a policy in which nothing is set
     * @param conditions in a status of this kind
     * @param status the status of this kind that says this
     */
    public PolicyStatusWriter(
            Kind kind,
            MeshState state,
            Leadership leadership,
            Clock clock,
            Supplier<P> empty,
            Function<S, List<Condition>> conditions,
            Function<PolicyStatus, S> status) {
        this.kind = kind;
        this.state = state;
        this.leadership = leadership;
        this.clock = clock;
        this.conditions = conditions;
        this.status = status;
        this.writer = new StatusWriter<>(empty, CustomResource::setStatus, clock);
    }

    /** What wakes the reconciler. */
    public List<EventSource<?, P>> events(EventSourceContext<P> context) {
        return List.of(MeshStateEvents.of(state, kind), LeadershipEvents.of(leadership, context));
    }

    /** What the reconciler of this policy has to answer. */
    public UpdateControl<P> write(P policy) {
        if (!leadership.isHeld()) {
            return UpdateControl.noUpdate();
        }
        var tooSoon = writer.tooSoon(policy);
        if (tooSoon.isPresent()) {
            return tooSoon.get();
        }
        var meta = policy.getMetadata();
        var object = ObjectRef.of(kind, meta.getNamespace(), meta.getName());
        var outcome = state.outcome(object);
        var delivery = state.delivery(object);
        var known = !delivery.isProvisional()
                && outcome.filter(found -> found.generation() == meta.getGeneration())
                        .isPresent();
        var before = policy.getStatus();
        var factory =
                new Conditions(before == null ? List.of() : conditions.apply(before), meta.getGeneration(), clock);
        var told = factory.previous().stream()
                .anyMatch(condition -> condition.type().equals(Programmed.TYPE)
                        && condition.observedGeneration() == meta.getGeneration());
        return patience.instead(policy, known, told)
                .orElseGet(() -> write(policy, before, status.apply(PolicyStatus.of(factory, outcome, delivery))));
    }

    private UpdateControl<P> write(P policy, @Nullable S before, S now) {
        return before != null && verdicts(before).equals(verdicts(now))
                ? writer.writeNumbers(policy, before, now)
                : writer.write(policy, before, now);
    }

    private record Verdict(String type, Condition.Status status, String reason, long generation) {}

    private List<Verdict> verdicts(S status) {
        return conditions.apply(status).stream()
                .map(condition -> new Verdict(
                        condition.type(), condition.status(), condition.reason(), condition.observedGeneration()))
                .toList();
    }
}
