// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import dev.selvedge.api.Labels;
import dev.selvedge.reconciler.pki.TrustSecrets;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Secrets of the operator's namespace that belong to a Mesh. */
final class SecretVault implements Vault {
    private final KubernetesClient client;
    private final String namespace;
    private final Plan.Owner owner;

    SecretVault(KubernetesClient client, String namespace, Plan.Owner owner) {
        this.client = client;
        this.namespace = namespace;
        this.owner = owner;
    }

    @Override
    public Optional<Stored> read(String name) {
        return Optional.ofNullable(
                        client.secrets().inNamespace(namespace).withName(name).get())
                .map(this::stored);
    }

    @Override
    public Optional<String> additionalAnchors() {
        return Optional.ofNullable(client.configMaps()
                        .inNamespace(namespace)
                        .withName(TrustSecrets.ADDITIONAL_ANCHORS)
                        .get())
                .map(ConfigMap::getData)
                .map(data -> data.get(TrustSecrets.BUNDLE));
    }

    private Stored stored(Secret secret) {
        var entries = new HashMap<String, String>();
        if (secret.getData() != null) {
            secret.getData().keySet().forEach(entry -> TrustSecrets.text(secret.getData(), entry)
                    .ifPresent(text -> entries.put(entry, text)));
        }
        boolean own = secret.getMetadata().getOwnerReferences().stream()
                .anyMatch(reference -> reference.getUid().equals(owner.meshUid()));
        return new Stored(secret.getMetadata().getResourceVersion(), own, entries);
    }

    /**
     * Creates by server-side apply, because that carries the name, which the right to create is bound to. A manager of
     * its own that does not force loses against another Job that came first; an update against any other write.
     */
    @Override
    public void write(String name, Optional<Stored> before, Map<String, String> entries) {
        var secret = new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .withResourceVersion(before.map(Stored::version).orElse(null))
                .addToLabels("app.kubernetes.io/managed-by", "selvedge")
                .addToLabels(Labels.OWNED_BY, owner.mesh())
                .addNewOwnerReference()
                .withApiVersion("selvedge.dev/v1alpha1")
                .withKind("Mesh")
                .withName(owner.mesh())
                .withUid(owner.meshUid())
                .endOwnerReference()
                .endMetadata()
                .withType("Opaque");
        entries.forEach((entry, text) ->
                secret.addToData(entry, Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8))));
        var resource = client.resource(secret.build());
        if (before.isPresent()) {
            resource.update();
        } else {
            resource.fieldManager("selvedge-rotation-" + UUID.randomUUID()).serverSideApply();
        }
    }
}
