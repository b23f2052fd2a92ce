// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import dev.selvedge.api.Labels;
import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.api.v1alpha1.MeshSpec;
import dev.selvedge.api.v1alpha1.MeshStatus;
import dev.selvedge.api.v1alpha1.TrustStatus;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.Meta;
import dev.selvedge.reconciler.drift.OwnedObjects;
import dev.selvedge.reconciler.drift.OwnedObjects.DriftMode;
import dev.selvedge.reconciler.ingest.Ingest;
import dev.selvedge.reconciler.injection.MeshMembers;
import dev.selvedge.reconciler.leadership.Leadership;
import dev.selvedge.reconciler.leadership.LeadershipEvents;
import dev.selvedge.reconciler.status.Conditions;
import dev.selvedge.reconciler.status.EventWriter;
import dev.selvedge.reconciler.status.MeshState;
import dev.selvedge.reconciler.status.MeshStateEvents;
import dev.selvedge.reconciler.status.StatusWriter;
import dev.selvedge.reconciler.status.TrimmedStore;
import dev.selvedge.reconciler.trust.Absences;
import dev.selvedge.reconciler.trust.TrustState;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.rate.RateLimited;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Keeps what a Mesh owns as it should be, and writes its status. Of several meshes the oldest is in force. */
@ControllerConfiguration(
        name = "mesh",
        fieldManager = OwnedObjects.FIELD_MANAGER,
        informer = @Informer(name = "mesh", itemStore = TrimmedStore.class))
@RateLimited(maxReconciliations = 2, within = 1)
@GradualRetry(maxAttempts = StatusWriter.NO_END, maxInterval = StatusWriter.LONGEST_RETRY)
public class MeshReconciler implements Reconciler<Mesh> {
    /** How often the age of the certificates is looked at. */
    private static final Duration LOOK_AGAIN = Duration.ofMinutes(1);

    /** How often a Mesh is looked at that is not as it should be, that rotates, or that another stands in the way of. */
    private static final Duration LOOK_SOON = Duration.ofSeconds(5);

    private final MeshState state;
    private final Leadership leadership;
    private final Membership membership;
    private final OwnedObjects owned;
    private final MeshSettings settings;
    private final Clock clock;
    private final ThisReplica replica;
    private final MeterRegistry meters;
    private final DriftTotals drift;
    private final Absences absences = new Absences();
    private final StatusWriter<Mesh, MeshStatus> statuses;

    /** Set once, before the first reconciliation. */
    private @Nullable MeshSources watched;

    public MeshReconciler(
            MeshState state,
            Leadership leadership,
            Membership membership,
            OwnedObjects owned,
            MeshSettings settings,
            ThisReplica replica,
            MeterRegistry meters,
            Clock clock) {
        this.state = state;
        this.leadership = leadership;
        this.membership = membership;
        this.owned = owned;
        this.settings = settings;
        this.replica = replica;
        this.meters = meters;
        this.clock = clock;
        this.drift = new DriftTotals(owned);
        this.statuses = new StatusWriter<>(MeshReconciler::withoutSpec, Mesh::setStatus, clock);
    }

    @Override
    public List<EventSource<?, Mesh>> prepareEventSources(EventSourceContext<Mesh> context) {
        var found = new MeshSources(settings, context, clock);
        watched = found;
        RefusalMetrics.register(
                meters,
                () -> Optional.of(found).filter(_ -> leadership.isHeld()).flatMap(MeshSources::provision));
        var sources = new ArrayList<>(found.all());
        sources.add(MeshStateEvents.of(state, Kind.MESH));
        sources.add(LeadershipEvents.of(leadership, context));
        sources.add(wakingAll(found));
        return sources;
    }

    private SimpleInboundEventSource<Mesh> wakingAll(MeshSources sources) {
        var source = new SimpleInboundEventSource<Mesh>("membership-and-drift");
        Runnable wake = () -> {
            if (source.isRunning()) {
                sources.meshes().forEach(source::propagateEvent);
            }
        };
        membership.onChange(wake);
        // Drift of a Gateway's objects counts for the mesh, too.
        owned.onDrift(_ -> wake.run());
        return source;
    }

    private MeshSources watched() {
        return requireNonNull(watched);
    }

    @Override
    public UpdateControl<Mesh> reconcile(Mesh mesh, Context<Mesh> context) {
        if (!leadership.isHeld()) {
            return UpdateControl.noUpdate();
        }
        var before = mesh.getStatus();
        var conditions = new Conditions(
                before == null ? List.of() : before.conditions(),
                mesh.getMetadata().getGeneration(),
                clock);
        var status = olderThan(mesh, context)
                .map(winner -> MeshStatuses.conflicted(conditions, winner))
                .orElseGet(() -> inForce(mesh, conditions, context));
        var answer = statuses.write(mesh, mesh.getStatus(), status);
        return answer.getScheduleDelay().isPresent() ? answer : answer.rescheduleAfter(lookAgain(status));
    }

    private static Duration lookAgain(MeshStatus status) {
        boolean settled = status.conditions().stream()
                .filter(condition -> MeshStatuses.SETTLED.contains(condition.type()))
                .allMatch(condition -> condition.status() == Condition.Status.TRUE);
        boolean rotating = status.trust() != null && status.trust().stage() != TrustStatus.Stage.STABLE;
        return settled && !rotating ? LOOK_AGAIN : LOOK_SOON;
    }

    private static Optional<String> olderThan(Mesh mesh, Context<Mesh> context) {
        return context.getPrimaryCache()
                .list()
                .map(Ingest::meta)
                .min(Meta::byAge)
                .filter(oldest -> !oldest.uid().equals(mesh.getMetadata().getUid()))
                .map(oldest -> oldest.name().name());
    }

    private MeshStatus inForce(Mesh mesh, Conditions conditions, Context<Mesh> context) {
        var now = clock.instant();
        var members =
                membership.of(new MeshMembers(mesh.getSpec().members().namespaceSelector(), settings.namespace()));
        var stored = TrustState.of(watched().issuer(), mesh.getMetadata().getUid());
        var desired = new ArrayList<>(MeshObjects.desired(mesh, settings, members.trusting(), stored));
        stored.flatMap(trust -> watched().publishedVersion().map(api -> MeshObjects.published(mesh, api, trust)))
                .ifPresent(desired::add);
        var failure = apply(mesh, desired);
        var bundled = failure.isEmpty();
        var counter = RateLimitObjects.desired(mesh, settings.rateLimitImage(), members.namespaces());
        var counting = apply(mesh, counter).or(() -> RateLimitObjects.failure(mesh, members.namespaces()));
        failure = failure.or(() -> counting);
        prune(mesh, members, counter, context);
        var fleet = state.fleet();
        var proxies = absences.look(TrustOutlook.proxies(members, fleet.proxies()), now);
        var provision = watched().provided(mesh);
        var trust = stored.map(found -> TrustOutlook.of(mesh, found, provision, proxies, bundled, fleet, now)
                .on(replica));
        var due = trust.map(TrustOutlook::order)
                .orElse(Optional.of(RotationJob.Order.FIRST).filter(_ -> provision.begins()))
                .map(order -> DueStep.of(mesh, settings, order, context.getSecondaryResourcesAsStream(Job.class)));
        if (due.isPresent()) {
            var job = apply(mesh, List.of(due.get().job(mesh, settings, now)));
            failure = failure.or(() -> job);
        }
        var rotation = due.flatMap(step -> step.attempts().failure())
                .map(failed -> RotationFailure.of(failed, context.getClient()));
        TrustEvents.tell(new EventWriter(context.getClient(), clock), mesh, trust, provision, rotation, now);
        return MeshStatuses.inForce(
                conditions,
                new MeshStatuses.Facts(
                        members,
                        trust,
                        provision,
                        rotation,
                        fleet,
                        drift.of(mesh),
                        state.topology(),
                        failure,
                        provisioning(mesh),
                        now));
    }

    private Provisioning provisioning(Mesh mesh) {
        boolean offered = replica.podCertificates().orElseGet(() -> Provisioning.wasOffered(mesh.getStatus()));
        return Provisioning.of(mesh.getSpec().identity().provisioning(), offered);
    }

    private Optional<String> apply(Mesh mesh, List<HasMetadata> desired) {
        var mode = mesh.getSpec().drift().mode() == MeshSpec.Drift.Mode.REPORT ? DriftMode.REPORT : DriftMode.CORRECT;
        try {
            owned.apply(mesh, desired, watched()::cached, mode);
            return Optional.empty();
        } catch (KubernetesClientException e) {
            return Optional.ofNullable(e.getMessage());
        }
    }

    /**
     * Takes the bundle out of namespaces that left; their running pods keep what they mounted. And takes away a rate limit
     * service that nobody wants any more.
     */
    private static void prune(Mesh mesh, Membership.Members members, List<HasMetadata> counter, Context<Mesh> context) {
        context.getSecondaryResourcesAsStream(ConfigMap.class)
                .filter(map -> mesh.getMetadata().getName().equals(labels(map).get(Labels.OWNED_BY)))
                .filter(map -> !members.trusting().contains(map.getMetadata().getNamespace()))
                .forEach(map -> context.getClient().resource(map).delete());
        var namespaces = counter.stream()
                .map(object -> object.getMetadata().getNamespace())
                .toList();
        RateLimitObjects.TYPES.stream()
                .flatMap(context::getSecondaryResourcesAsStream)
                .filter(object ->
                        mesh.getMetadata().getName().equals(labels(object).get(Labels.OWNED_BY)))
                .filter(object -> !namespaces.contains(object.getMetadata().getNamespace()))
                .forEach(object -> context.getClient().resource(object).delete());
    }

    private static Map<String, String> labels(HasMetadata object) {
        return requireNonNullElse(object.getMetadata().getLabels(), Map.of());
    }

    /** The spec is its author's: it must not be in what we apply. */
    private static Mesh withoutSpec() {
        var mesh = new Mesh();
        mesh.setSpec(null);
        return mesh;
    }
}
