// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import static java.util.Objects.requireNonNullElse;

import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.reconciler.leadership.Leadership;
import dev.selvedge.reconciler.leadership.LeadershipEvents;
import dev.selvedge.reconciler.status.MeshState;
import dev.selvedge.reconciler.status.MeshStateEvents;
import dev.selvedge.reconciler.status.Patience;
import dev.selvedge.reconciler.status.StatusWriter;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReference;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.RouteParentStatus;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Clock;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reconciles one kind of route: it owns nothing but what the status says of those of its parents that are ours. */
final class RouteStatusWriter<R extends HasMetadata, S> {
    /**
     * Where the fields of a kind are; the kinds of the Gateway API have no type in common. What is not set is null.
     *
     * @param empty a route in which nothing is set
     * @param references to the parents, in the spec
     * @param parents in a status
     * @param of the status that has these parents
     */
    record Fields<R, S>(
            Supplier<R> empty,
            Function<R, List<ParentReference>> references,
            Function<R, S> status,
            BiConsumer<R, S> set,
            Function<S, List<RouteParentStatus>> parents,
            Function<List<RouteParentStatus>, S> of) {}

    private final Kind kind;
    private final MeshState state;
    private final Leadership leadership;
    private final Clock clock;
    private final Fields<R, S> fields;
    private final StatusWriter<R, S> writer;
    private final Patience patience = new Patience();

    RouteStatusWriter(Kind kind, MeshState state, Leadership leadership, Clock clock, Fields<R, S> fields) {
        this.kind = kind;
        this.state = state;
        this.leadership = leadership;
        this.clock = clock;
        this.fields = fields;
        this.writer = new StatusWriter<>(fields.empty(), fields.set(), clock);
    }

    /** What wakes the reconciler. */
    List<EventSource<?, R>> events(EventSourceContext<R> context) {
        return List.of(MeshStateEvents.of(state, kind), LeadershipEvents.of(leadership, context));
    }

    /** What the reconciler of this route has to answer. */
    UpdateControl<R> write(R route) {
        if (!leadership.isHeld()) {
            return UpdateControl.noUpdate();
        }
        var tooSoon = writer.tooSoon(route);
        if (tooSoon.isPresent()) {
            return tooSoon.get();
        }
        var meta = route.getMetadata();
        var object = ObjectRef.of(kind, meta.getNamespace(), meta.getName());
        var outcome = state.outcome(object).filter(found -> found.generation() == meta.getGeneration());
        if (outcome.isEmpty()) {
            return UpdateControl.noUpdate();
        }
        var before = fields.status().apply(route);
        var told = parents(before);
        var parents = outcome.get().parents();
        if (parents.isEmpty() && told.stream().noneMatch(RouteStatuses::isOurs)) {
            // A route that was never ours has a status of its own.
            return UpdateControl.noUpdate();
        }
        var delivery = state.delivery(object);
        var statuses = new RouteStatuses(meta, told, clock);
        // What there is only to take back waits until it is certain that no parent is ours.
        var instead = patience.instead(route, !delivery.isProvisional(), statuses.told() || parents.isEmpty());
        if (instead.isPresent()) {
            return instead.get();
        }
        // The list has other controllers' entries, and is applied as a whole.
        var now = statuses.of(fields.references().apply(route), parents, delivery);
        return writer.writeUnlessChanged(route, before, fields.of().apply(now));
    }

    private List<RouteParentStatus> parents(@Nullable S status) {
        return status == null ? List.of() : requireNonNullElse(fields.parents().apply(status), List.of());
    }
}
