// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.reconciler.ingest.OptionalKind;
import dev.selvedge.reconciler.proxy.ProxyVolumes;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Our ClusterTrustBundle, where the cluster has such. */
final class PublishedTrust extends SimpleInboundEventSource<Mesh> implements OptionalKind.User {
    static final String KIND = "ClusterTrustBundle";

    /** As RBAC and the projected volumes of pods name it. */
    static final String SIGNER = ProxyVolumes.SIGNER;

    /** The API server requires that it begins with the signer. */
    static final String NAME = "selvedge.dev:mesh:trust";

    private final KubernetesClient client;
    private final Supplier<Set<ResourceID>> meshes;
    private final OptionalKind bundles;

    PublishedTrust(KubernetesClient client, Supplier<Set<ResourceID>> meshes, Clock clock) {
        super("published-trust");
        this.client = client;
        this.meshes = meshes;
        var names = new OptionalKind.Names(
                "certificates.k8s.io", List.of("v1", "v1beta1"), KIND, "clustertrustbundles", false);
        this.bundles = new OptionalKind(client, names, this, clock);
    }

    /** The API version that ClusterTrustBundles are served in; empty when they are not, or that is not known yet. */
    Optional<String> apiVersion() {
        bundles.tick();
        return bundles.apiVersion();
    }

    /** Ours, as it was last seen. */
    Optional<GenericKubernetesResource> current() {
        return bundles.objects().stream().findFirst();
    }

    @Override
    public SharedIndexInformer<GenericKubernetesResource> watch(ResourceDefinitionContext served) {
        // By name, so that no right to list others is needed.
        return client.genericKubernetesResources(served).withName(NAME).runnableInformer(0);
    }

    @Override
    public void answered() {
        wake();
    }

    @Override
    public void onAdd(GenericKubernetesResource bundle) {
        wake();
    }

    @Override
    public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource now) {
        wake();
    }

    @Override
    public void onDelete(GenericKubernetesResource bundle, boolean finalStateUnknown) {
        wake();
    }

    private void wake() {
        if (isRunning()) {
            meshes.get().forEach(this::propagateEvent);
        }
    }

    @Override
    public void stop() {
        super.stop();
        bundles.close();
    }
}
