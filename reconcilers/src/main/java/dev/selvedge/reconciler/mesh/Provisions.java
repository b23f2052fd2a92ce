// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.v1alpha1.Mesh;
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
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Watches the two objects in which somebody else provides trust; they are no Mesh's own. */
final class Provisions {
    private final MeshSettings settings;
    private final Clock clock;
    private final InformerEventSource<Secret, Mesh> issuer;
    private final InformerEventSource<ConfigMap, Mesh> anchors;

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
        return Provision.of(
                mesh,
                settings,
                issuer.get(new ResourceID(TrustSecrets.PROVIDED, settings.namespace())),
                anchors.get(new ResourceID(TrustSecrets.ADDITIONAL_ANCHORS, settings.namespace())),
                clock);
    }
}
