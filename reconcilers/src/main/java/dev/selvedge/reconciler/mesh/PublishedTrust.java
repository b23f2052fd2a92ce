// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.reconciler.proxy.ProxyVolumes;
import io.fabric8.kubernetes.api.model.APIResourceList;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether the cluster serves ClusterTrustBundles, and watches ours if so. An API server serves them from the
 * start or not at all, so that asking now and then is enough; a cluster without them is asked without noise.
 */
final class PublishedTrust extends SimpleInboundEventSource<Mesh> {
    static final String GROUP = "certificates.k8s.io";
    static final String KIND = "ClusterTrustBundle";

    /** As RBAC and the projected volumes of pods name it. */
    static final String SIGNER = ProxyVolumes.SIGNER;

    /** The API server requires that it begins with the signer. */
    static final String NAME = "selvedge.dev:mesh:trust";

    private static final List<String> VERSIONS = List.of("v1", "v1beta1");
    private static final Duration ASK_AGAIN = Duration.ofMinutes(1);
    private static final Logger log = LoggerFactory.getLogger(PublishedTrust.class);

    private final KubernetesClient client;
    private final Supplier<Set<ResourceID>> meshes;
    private final Clock clock;
    private Instant askAt = Instant.MIN;
    private @Nullable String version;
    private @Nullable SharedIndexInformer<GenericKubernetesResource> informer;

    PublishedTrust(KubernetesClient client, Supplier<Set<ResourceID>> meshes, Clock clock) {
        super("published-trust");
        this.client = client;
        this.meshes = meshes;
        this.clock = clock;
    }

    /** The API version that ClusterTrustBundles are served in; empty when they are not. */
    synchronized Optional<String> apiVersion() {
        var now = clock.instant();
        if (!now.isBefore(askAt)) {
            try {
                found(served());
                askAt = now.plus(ASK_AGAIN);
            } catch (KubernetesClientException e) {
                log.warn("whether the cluster serves ClusterTrustBundles is not known: {}", e.getMessage());
            }
        }
        return Optional.ofNullable(version);
    }

    /** Ours, as it was last seen. */
    synchronized Optional<GenericKubernetesResource> current() {
        return Optional.ofNullable(informer)
                .flatMap(started -> Optional.ofNullable(started.getIndexer().getByKey(NAME)));
    }

    private @Nullable String served() {
        return VERSIONS.stream()
                .map(each -> GROUP + "/" + each)
                .filter(each -> serves(client.getApiResources(each)))
                .findFirst()
                .orElse(null);
    }

    private static boolean serves(@Nullable APIResourceList resources) {
        return resources != null
                && resources.getResources().stream()
                        .anyMatch(resource -> resource.getKind().equals(KIND));
    }

    private void found(@Nullable String now) {
        if (now == null ? version == null : now.equals(version)) {
            return;
        }
        log.info("ClusterTrustBundles are {}", now == null ? "no longer served" : "served as " + now);
        close();
        version = now;
        if (now != null) {
            informer = watch(now.substring(GROUP.length() + 1));
        }
    }

    private SharedIndexInformer<GenericKubernetesResource> watch(String ofVersion) {
        var context = new ResourceDefinitionContext.Builder()
                .withGroup(GROUP)
                .withVersion(ofVersion)
                .withKind(KIND)
                .withPlural("clustertrustbundles")
                .withNamespaced(false)
                .build();
        var watching = client.genericKubernetesResources(context)
                // By name, so that no right to list others is needed.
                .withName(NAME)
                .runnableInformer(0);
        watching.exceptionHandler((_, _) -> true);
        watching.addEventHandler(new ResourceEventHandler<>() {
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
        });
        watching.start();
        return watching;
    }

    private void wake() {
        if (isRunning()) {
            meshes.get().forEach(this::propagateEvent);
        }
    }

    private synchronized void close() {
        if (informer != null) {
            informer.close();
            informer = null;
        }
    }

    @Override
    public void stop() {
        super.stop();
        close();
    }
}
