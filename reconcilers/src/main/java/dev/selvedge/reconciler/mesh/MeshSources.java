// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.Labels;
import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.reconciler.injection.WebhookConfigurations;
import dev.selvedge.reconciler.pki.TrustSecrets;
import dev.selvedge.reconciler.proxy.ProxyPod;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.javaoperatorsdk.operator.api.config.informer.FieldSelector;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.Mappers;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The informers for what a Mesh owns, and for what others provide for it. */
final class MeshSources {
    private final MeshSettings settings;
    private final EventSourceContext<Mesh> context;
    private final Map<Class<?>, InformerEventSource<?, Mesh>> watched = new HashMap<>();
    private final PublishedTrust published;
    private final Provisions provisions;

    MeshSources(MeshSettings settings, EventSourceContext<Mesh> context, Clock clock) {
        this.settings = settings;
        this.context = context;
        // The Secret belongs to one Mesh, but waking all is simpler and right when it belongs to a Mesh that is gone.
        watch(named(Secret.class, TrustSecrets.ISSUER, operators()).withSecondaryToPrimaryMapper(_ -> meshes()));
        watch(named(ConfigMap.class, ProxyPod.TRUST, Set.of()));
        watch(owned(Job.class, operators()).withLabelSelector(Labels.OWNED_BY));
        watch(named(MutatingWebhookConfiguration.class, WebhookConfigurations.INJECTOR, Set.of()));
        watch(named(ValidatingWebhookConfiguration.class, WebhookConfigurations.VALIDATOR, Set.of()));
        for (var type : RateLimitObjects.TYPES) {
            watch(named(type, RateLimitObjects.NAME, Set.of()));
        }
        provisions = new Provisions(settings, clock, context);
        published = new PublishedTrust(context.getClient(), this::meshes, clock);
    }

    List<EventSource<?, Mesh>> all() {
        var all = new ArrayList<EventSource<?, Mesh>>(watched.values());
        all.addAll(provisions.sources());
        all.add(published);
        return all;
    }

    Set<ResourceID> meshes() {
        return context.getPrimaryCache().list().map(ResourceID::fromResource).collect(Collectors.toSet());
    }

    /** What is provided for a Mesh now. */
    Provision provided(Mesh mesh) {
        return provisions.of(mesh);
    }

    /** What was provided when it was last asked for; empty when there is no Mesh. */
    Optional<Provision> provision() {
        return provisions.last().filter(_ -> !meshes().isEmpty());
    }

    /** The API version that ClusterTrustBundles are served in; empty when they are not, or that is not known yet. */
    Optional<String> publishedVersion() {
        return published.apiVersion();
    }

    /** What is in the cluster of an object that a Mesh owns, as it was last seen. */
    Optional<HasMetadata> cached(HasMetadata object) {
        return object instanceof GenericKubernetesResource
                ? published.current().map(HasMetadata.class::cast)
                : cached(object.getClass(), ResourceID.fromResource(object)).map(HasMetadata.class::cast);
    }

    /** The Secret with the issuer, likewise. */
    Optional<Secret> issuer() {
        return cached(Secret.class, new ResourceID(TrustSecrets.ISSUER, settings.namespace()))
                .map(Secret.class::cast);
    }

    private Optional<?> cached(Class<?> type, ResourceID id) {
        var source = watched.get(type);
        return source == null ? Optional.empty() : source.get(id);
    }

    private Set<String> operators() {
        return Set.of(settings.namespace());
    }

    private <T extends HasMetadata> void watch(InformerEventSourceConfiguration.Builder<T> configuration) {
        var built = configuration.build();
        watched.put(built.getResourceClass(), new InformerEventSource<>(built, context));
    }

    /** Objects of one name, so that no right to list others is needed. */
    private static <T extends HasMetadata> InformerEventSourceConfiguration.Builder<T> named(
            Class<T> type, String name, Set<String> namespaces) {
        return owned(type, namespaces)
                .withFieldSelector(new FieldSelector(new FieldSelector.Field("metadata.name", name)));
    }

    private static <T extends HasMetadata> InformerEventSourceConfiguration.Builder<T> owned(
            Class<T> type, Set<String> namespaces) {
        var builder = InformerEventSourceConfiguration.from(type, Mesh.class)
                .withName(type.getSimpleName().toLowerCase(Locale.ROOT))
                .withSecondaryToPrimaryMapper(Mappers.fromOwnerReferences(Mesh.class, true));
        return namespaces.isEmpty() ? builder.withWatchAllNamespaces() : builder.withNamespaces(namespaces);
    }
}
