// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.api.v1alpha1.MeshSpec;
import dev.selvedge.reconciler.pki.TrustSecrets;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.javaoperatorsdk.operator.api.config.informer.FieldSelector;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Watches the two objects in which somebody else provides trust; they are no Mesh's own. */
final class Provisions {
    private final MeshSettings settings;
    private final Clock clock;
    private final InformerEventSource<Secret, Mesh> issuer;
    private final InformerEventSource<ConfigMap, Mesh> anchors;
    private volatile @Nullable Checked last;

    /** What a check depends on, and what came of it. A check signs and verifies, and a Mesh is looked at often. */
    private record Checked(Question question, Provision answer) {}

    /** @param minute certificates begin and end while nothing changes */
    private record Question(MeshSpec spec, Optional<String> issuer, Optional<String> anchors, Instant minute) {}

    Provisions(MeshSettings settings, Clock clock, EventSourceContext<Mesh> context) {
        this.settings = settings;
        this.clock = clock;
        this.issuer = watch(Secret.class, TrustSecrets.PROVIDED, context);
        this.anchors = watch(ConfigMap.class, TrustSecrets.ADDITIONAL_ANCHORS, context);
    }

    private <T extends HasMetadata> InformerEventSource<T, Mesh> watch(
            Class<T> type, String name, EventSourceContext<Mesh> context) {
        return new InformerEventSource<>(
                InformerEventSourceConfiguration.from(type, Mesh.class)
                        .withName(name)
                        .withNamespaces(Set.of(settings.namespace()))
                        .withFieldSelector(new FieldSelector(new FieldSelector.Field("metadata.name", name)))
                        .withSecondaryToPrimaryMapper(changed -> context.getPrimaryCache()
                                .list()
                                .map(ResourceID::fromResource)
                                .collect(Collectors.toSet()))
                        .build(),
                context);
    }

    List<EventSource<?, Mesh>> sources() {
        return List.of(issuer, anchors);
    }

    /** What is provided for a Mesh now. */
    Provision of(Mesh mesh) {
        var secret = issuer.get(new ResourceID(TrustSecrets.PROVIDED, settings.namespace()));
        var map = anchors.get(new ResourceID(TrustSecrets.ADDITIONAL_ANCHORS, settings.namespace()));
        var question = new Question(
                mesh.getSpec(),
                secret.map(Provisions::version),
                map.map(Provisions::version),
                clock.instant().truncatedTo(ChronoUnit.MINUTES));
        var checked = last;
        if (checked == null || !checked.question().equals(question)) {
            checked = new Checked(question, Provision.of(mesh, settings, secret, map, clock));
            last = checked;
        }
        return checked.answer();
    }

    /** The last answer. */
    Optional<Provision> last() {
        return Optional.ofNullable(last).map(Checked::answer);
    }

    private static String version(HasMetadata object) {
        return object.getMetadata().getResourceVersion();
    }
}
