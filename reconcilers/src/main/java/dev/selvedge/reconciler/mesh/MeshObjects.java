// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.Labels;
import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.reconciler.injection.MeshMembers;
import dev.selvedge.reconciler.injection.WebhookConfigurations;
import dev.selvedge.reconciler.pki.Pem;
import dev.selvedge.reconciler.pki.TrustSecrets;
import dev.selvedge.reconciler.proxy.ProxyPod;
import dev.selvedge.reconciler.trust.TrustState;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;

/**
 * What a Mesh owns, as a pure function. Each object refers to the Mesh as its owner, so that the cluster collects it with
 * the Mesh even when the operator is gone.
 */
final class MeshObjects {
    private static final Map<String, String> MANAGED_BY = Map.of("app.kubernetes.io/managed-by", "selvedge");

    private MeshObjects() {}

    /**
     * @param namespaces that need the trust bundle
     */
    static List<HasMetadata> desired(
            Mesh mesh, MeshSettings settings, SortedSet<String> namespaces, Optional<TrustState> trust) {
        var objects = new ArrayList<HasMetadata>();
        trust.ifPresent(t -> {
            namespaces.forEach(namespace -> objects.add(bundle(mesh, namespace, t)));
            objects.addAll(webhooks(mesh, settings, t));
        });
        return objects;
    }

    /** The anchors for everybody in the cluster, who mounts them by the name of the signer. */
    static HasMetadata published(Mesh mesh, String apiVersion, TrustState trust) {
        return new GenericKubernetesResourceBuilder()
                .withApiVersion(apiVersion)
                .withKind(PublishedTrust.KIND)
                .withMetadata(meta(mesh, "", PublishedTrust.NAME))
                .addToAdditionalProperties(
                        "spec", Map.of("signerName", PublishedTrust.SIGNER, "trustBundle", trust.bundle()))
                .build();
    }

    /** @param name of the attempt */
    static HasMetadata rotation(Mesh mesh, MeshSettings settings, RotationJob.Order order, String name) {
        return RotationJob.of(mesh, settings, order, meta(mesh, settings.namespace(), name));
    }

    private static ConfigMap bundle(Mesh mesh, String namespace, TrustState trust) {
        return new ConfigMapBuilder()
                .withMetadata(meta(mesh, namespace, ProxyPod.TRUST))
                .addToData(TrustSecrets.BUNDLE, trust.bundle())
                .addToData(ProxyPod.WORKLOAD_BUNDLE, Pem.write(trust.trusted()))
                .build();
    }

    private static List<HasMetadata> webhooks(Mesh mesh, MeshSettings settings, TrustState trust) {
        var members = new MeshMembers(mesh.getSpec().members().namespaceSelector(), settings.namespace());
        var injector = WebhookConfigurations.injector(members, settings.service(), trust.bundle());
        var validator = WebhookConfigurations.validator(settings.namespace(), settings.service(), trust.bundle());
        injector.setMetadata(meta(mesh, "", injector.getMetadata().getName()));
        validator.setMetadata(meta(mesh, "", validator.getMetadata().getName()));
        return List.of(injector, validator);
    }

    static ObjectMeta meta(Mesh mesh, String namespace, String name) {
        return new ObjectMetaBuilder()
                .withNamespace(namespace.isEmpty() ? null : namespace)
                .withName(name)
                .withLabels(MANAGED_BY)
                .addToLabels(Labels.OWNED_BY, mesh.getMetadata().getName())
                .withOwnerReferences(owner(mesh))
                .build();
    }

    private static OwnerReference owner(Mesh mesh) {
        return new OwnerReferenceBuilder()
                .withApiVersion(mesh.getApiVersion())
                .withKind(mesh.getKind())
                .withName(mesh.getMetadata().getName())
                .withUid(mesh.getMetadata().getUid())
                .withController(true)
                .build();
    }
}
