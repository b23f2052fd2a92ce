// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator;

import dev.selvedge.api.v1alpha1.GatewayDuration;
import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.api.v1alpha1.MeshIdentity;
import dev.selvedge.api.v1alpha1.MeshSpec;
import dev.selvedge.compiler.snapshot.Meta;
import dev.selvedge.operator.webhook.PodAdmission.Injection;
import dev.selvedge.reconciler.drift.OwnedObjects.DriftMode;
import dev.selvedge.reconciler.gateway.GatewayReconciler.InForce;
import dev.selvedge.reconciler.ingest.Ingest;
import dev.selvedge.reconciler.injection.MeshMembers;
import dev.selvedge.reconciler.proxy.ProxySettings;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The Mesh in force, the oldest, with the parts of its spec that are not compiled: proxies and certificates. */
final class Meshes implements AutoCloseable {
    private static final Duration DEFAULT_LIFETIME = Duration.ofHours(24);

    private final Settings settings;
    private final SharedIndexInformer<Mesh> informer;
    private volatile Supplier<Optional<Boolean>> podCertificates = Optional::empty;

    Meshes(KubernetesClient client, Settings settings) {
        this.settings = settings;
        this.informer = client.resources(Mesh.class).runnableInformer(0);
    }

    void start() {
        // Tried again until the CRD is there.
        informer.exceptionHandler((_, _) -> true);
        informer.start();
    }

    private Optional<MeshSpec> inForce() {
        return informer.getIndexer().list().stream()
                .min(Comparator.comparing(Ingest::meta, Meta::byAge))
                .map(Mesh::getSpec);
    }

    /** The names of all, the one in force first; empty while that is not known. */
    Optional<List<String>> names() {
        return informer.hasSynced()
                ? Optional.of(informer.getIndexer().list().stream()
                        .sorted(Comparator.comparing(Ingest::meta, Meta::byAge))
                        .map(mesh -> mesh.getMetadata().getName())
                        .toList())
                : Optional.empty();
    }

    /** @param offered whether the API server offers PodCertificateRequests; empty while that is not known */
    void podCertificates(Supplier<Optional<Boolean>> offered) {
        podCertificates = offered;
    }

    private ProxySettings proxies(MeshSpec spec) {
        var all = ProxySettings.of(spec.proxy(), settings.proxyImage(), settings.host());
        return wishesPodCertificates(spec) && podCertificates.get().orElse(false)
                ? all.withPodCertificate(lifetime(spec))
                : all;
    }

    private static boolean wishesPodCertificates(MeshSpec spec) {
        return spec.identity().provisioning() == MeshIdentity.Provisioning.POD_CERTIFICATE;
    }

    private static Duration lifetime(MeshSpec spec) {
        return GatewayDuration.parse(spec.identity().workload().lifetime());
    }

    /** What new pods get. */
    Optional<Injection> injection() {
        return inForce()
                .map(spec -> new Injection(
                        new MeshMembers(spec.members().namespaceSelector(), settings.namespace()), proxies(spec)));
    }

    /** What gateways get; nothing new while it is not known, or they would roll to and fro when an operator starts. */
    Optional<InForce> gateways() {
        return inForce()
                .filter(spec ->
                        !wishesPodCertificates(spec) || podCertificates.get().isPresent())
                .map(spec -> new InForce(
                        proxies(spec),
                        spec.drift().mode() == MeshSpec.Drift.Mode.REPORT ? DriftMode.REPORT : DriftMode.CORRECT));
    }

    /** How long a workload's certificate is good. */
    Duration workloadLifetime() {
        return inForce().map(Meshes::lifetime).orElse(DEFAULT_LIFETIME);
    }

    @Override
    public void close() {
        informer.close();
    }
}
