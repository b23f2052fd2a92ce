// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator;

import dev.selvedge.reconciler.drift.OwnedObjects;
import dev.selvedge.reconciler.gateway.ControllerStatusWriter;
import dev.selvedge.reconciler.gateway.GatewayReconciler.InForce;
import dev.selvedge.reconciler.mesh.Membership;
import dev.selvedge.reconciler.mesh.MeshSettings;
import dev.selvedge.reconciler.mesh.ThisReplica;
import dev.selvedge.reconciler.status.MeshState;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** What the reconcilers are made of. The reconcilers themselves are found by the Quarkus extension. */
@ApplicationScoped
public class Wiring {
    void start(
            @Observes StartupEvent event,
            ControlPlane controlPlane,
            LeaseElection election,
            ControllerStatusWriter statuses) {
        statuses.start();
        controlPlane.alsoTick(statuses::tick);
        controlPlane.signer().signWhile(() -> election.isHeld() && controlPlane.isReady());
        controlPlane.start();
        election.start();
    }

    /** Environment variables of the Deployment, by MicroProfile's naming: {@code POD_NAMESPACE} and so on. */
    @Produces
    @Singleton
    Settings settings(
            @ConfigProperty(name = "pod.namespace", defaultValue = "selvedge-system") String namespace,
            @ConfigProperty(name = "pod.name", defaultValue = "selvedge") String pod,
            @ConfigProperty(name = "selvedge.operator.image", defaultValue = "selvedge.dev/operator:dev")
                    String operatorImage,
            @ConfigProperty(name = "selvedge.proxy.image", defaultValue = "selvedge.dev/proxy:dev") String proxyImage,
            @ConfigProperty(name = "selvedge.ratelimit.image", defaultValue = "selvedge.dev/ratelimit:dev")
                    String rateLimitImage) {
        return new Settings(namespace, pod, operatorImage, proxyImage, rateLimitImage);
    }

    @Produces
    @Singleton
    Clock clock() {
        return Clock.systemUTC();
    }

    @Produces
    @Singleton
    Meshes meshes(KubernetesClient client, Settings settings) {
        return new Meshes(client, settings);
    }

    @Produces
    @Singleton
    ControllerStatusWriter statuses(KubernetesClient client, Meshes meshes, LeaseElection election, Clock clock) {
        return new ControllerStatusWriter(client, meshes::names, election::isHeld, clock);
    }

    void close(@Disposes ControllerStatusWriter statuses) {
        statuses.close();
    }

    @Produces
    @Singleton
    MeshState state(ControlPlane controlPlane) {
        return controlPlane.state();
    }

    @Produces
    @Singleton
    Membership membership(ControlPlane controlPlane) {
        return controlPlane.membership();
    }

    @Produces
    @Singleton
    OwnedObjects ownedObjects(KubernetesClient client, MeterRegistry meters, Clock clock) {
        return new OwnedObjects(client, meters, clock);
    }

    @Produces
    @Singleton
    MeshSettings meshSettings(Settings settings) {
        return new MeshSettings(
                settings.namespace(), Settings.NAME, settings.operatorImage(), settings.rateLimitImage());
    }

    @Produces
    @Singleton
    ThisReplica thisReplica(ControlPlane controlPlane) {
        return new ThisReplica() {
            @Override
            public Optional<X509Certificate> servingCertificate() {
                return controlPlane.servingCertificate();
            }

            @Override
            public Optional<Boolean> podCertificates() {
                return controlPlane.signer().offered();
            }
        };
    }

    @Produces
    @Singleton
    Supplier<Optional<InForce>> inForce(Meshes meshes) {
        return meshes::gateways;
    }

    @Produces
    @Readiness
    @Singleton
    HealthCheck readiness(ControlPlane controlPlane) {
        return () -> HealthCheckResponse.named("control-plane")
                .status(controlPlane.isReady())
                .build();
    }
}
