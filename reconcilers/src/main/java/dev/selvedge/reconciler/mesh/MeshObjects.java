// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.Labels;
import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.reconciler.injection.MeshMembers;
import dev.selvedge.reconciler.injection.WebhookConfigurations;
import dev.selvedge.reconciler.pki.TrustSecrets;
import dev.selvedge.reconciler.proxy.ProxyPod;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.UUID;

/**
 * What a Mesh owns, as a pure function. Each object refers to the Mesh as its owner, so that the cluster collects it with
 * the Mesh even when the operator is gone.
 */
final class MeshObjects {
    private static final String ROTATION = "selvedge-rotation";
    private static final Map<String, String> MANAGED_BY = Map.of("app.kubernetes.io/managed-by", "selvedge");

    private MeshObjects() {}

    /** @param namespaces that need the trust bundle */
    static List<HasMetadata> desired(
            Mesh mesh, MeshSettings settings, SortedSet<String> namespaces, Optional<Trust> trust, Instant now) {
        var objects = new ArrayList<HasMetadata>();
        if (trust.isEmpty() || trust.get().due(now)) {
            objects.add(rotation(mesh, settings, trust));
        }
        trust.ifPresent(t -> {
            namespaces.forEach(namespace -> objects.add(bundle(mesh, namespace, t)));
            objects.addAll(webhooks(mesh, settings, t));
        });
        return objects;
    }

    private static ConfigMap bundle(Mesh mesh, String namespace, Trust trust) {
        return new ConfigMapBuilder()
                .withMetadata(meta(mesh, namespace, ProxyPod.TRUST))
                .addToData(TrustSecrets.BUNDLE, trust.bundle())
                .build();
    }

    private static List<HasMetadata> webhooks(Mesh mesh, MeshSettings settings, Trust trust) {
        var members = new MeshMembers(mesh.getSpec().members().namespaceSelector(), settings.namespace());
        var injector = WebhookConfigurations.injector(members, settings.service(), trust.bundle());
        var validator = WebhookConfigurations.validator(settings.namespace(), settings.service(), trust.bundle());
        injector.setMetadata(meta(mesh, "", injector.getMetadata().getName()));
        validator.setMetadata(meta(mesh, "", validator.getMetadata().getName()));
        return List.of(injector, validator);
    }

    /**
     * Named after what it is to change, so that the same need always is the same Job, and the next need another. It
     * removes itself some minutes after its end; when it failed, that is when it is tried again.
     */
    private static Job rotation(Mesh mesh, MeshSettings settings, Optional<Trust> trust) {
        var identity = mesh.getSpec().identity();
        var arguments = List.of(
                "rotate",
                "--mesh=" + mesh.getMetadata().getName(),
                "--mesh-uid=" + mesh.getMetadata().getUid(),
                "--trust-domain=" + mesh.getSpec().trustDomain(),
                "--anchor-lifetime=" + identity.trustAnchor().lifetime(),
                "--issuer-lifetime=" + identity.intermediate().lifetime());
        var need = arguments + settings.image() + trust.map(Trust::fingerprint).orElse("none");
        var name = ROTATION + "-"
                + UUID.nameUUIDFromBytes(need.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                        .toString()
                        .substring(0, 8);
        return new JobBuilder()
                .withMetadata(meta(mesh, settings.namespace(), name))
                .withNewSpec()
                .withBackoffLimit(3)
                .withActiveDeadlineSeconds(300L)
                .withTtlSecondsAfterFinished(120)
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(Map.of(Labels.INJECT, "Disabled", "app.kubernetes.io/name", ROTATION))
                .endMetadata()
                .withNewSpec()
                .withServiceAccountName(ROTATION)
                .withRestartPolicy("Never")
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .addNewContainer()
                .withName("rotate")
                .withImage(settings.image())
                .withImagePullPolicy("IfNotPresent")
                .withArgs(arguments)
                .addNewEnv()
                .withName("POD_NAMESPACE")
                .withValue(settings.namespace())
                .endEnv()
                .withNewResources()
                .withRequests(Map.of("cpu", new Quantity("50m"), "memory", new Quantity("128Mi")))
                .withLimits(Map.of("memory", new Quantity("256Mi")))
                .endResources()
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .addNewVolumeMount()
                .withName("tmp")
                .withMountPath("/tmp")
                .endVolumeMount()
                .endContainer()
                .addNewVolume()
                .withName("tmp")
                .withNewEmptyDir()
                .endEmptyDir()
                .endVolume()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
    }

    private static ObjectMeta meta(Mesh mesh, String namespace, String name) {
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
