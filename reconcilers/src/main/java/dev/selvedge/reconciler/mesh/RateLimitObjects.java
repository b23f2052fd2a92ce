// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import static java.util.function.Predicate.not;

import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.api.v1alpha1.RateLimitService;
import dev.selvedge.reconciler.ingest.ServerIngest;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The rate limit service that a Mesh asks for: Envoy's own with a Redis beside it, in one pod, which gets a sidecar as
 * every pod of its namespace. Nothing of it listens but the port for gRPC: Redis is a socket in a volume of the pod. It
 * needs no configuration, since requests carry their limits.
 */
final class RateLimitObjects {
    static final String NAME = ServerIngest.MANAGED_RATE_LIMITS;
    static final List<Class<? extends HasMetadata>> TYPES =
            List.of(ServiceAccount.class, Deployment.class, Service.class);

    private static final Map<String, String> SELECTOR = Map.of("app.kubernetes.io/name", NAME);
    private static final String SOCKETS = "/run/redis";
    private static final String SOCKET = SOCKETS + "/redis.sock";

    /** Of the image: neither of the two programs is root. */
    private static final long USER = 65532;

    private RateLimitObjects() {}

    /** The namespace in which the operator is to run one. */
    static Optional<String> namespace(Mesh mesh) {
        return Optional.ofNullable(mesh.getSpec().rateLimitService())
                .filter(service -> service.source() == RateLimitService.Source.MANAGED)
                .map(RateLimitService::namespace);
    }

    /** Nothing where pods get no sidecar: proxies would call it in plaintext. */
    static List<HasMetadata> desired(Mesh mesh, String image, Set<String> members) {
        return namespace(mesh)
                .filter(members::contains)
                .map(namespace -> desired(MeshObjects.meta(mesh, namespace, NAME), image))
                .orElse(List.of());
    }

    /** Why there is nothing although the Mesh asks for it. */
    static Optional<String> failure(Mesh mesh, Set<String> members) {
        return namespace(mesh)
                .filter(not(members::contains))
                .map(namespace -> "spec.rateLimitService.namespace: " + namespace
                        + " does not belong to the mesh; label it, or name a namespace that does");
    }

    private static List<HasMetadata> desired(ObjectMeta meta, String image) {
        return List.of(
                new ServiceAccountBuilder().withMetadata(meta).build(),
                new DeploymentBuilder()
                        .withMetadata(meta)
                        .withNewSpec()
                        // One counts for all. While another takes its place, requests are treated as onFailure says.
                        .withReplicas(1)
                        .withNewStrategy()
                        .withType("Recreate")
                        .endStrategy()
                        .withNewSelector()
                        .withMatchLabels(SELECTOR)
                        .endSelector()
                        .withNewTemplate()
                        .withNewMetadata()
                        .withLabels(SELECTOR)
                        .endMetadata()
                        .withNewSpec()
                        .withServiceAccountName(NAME)
                        .withAutomountServiceAccountToken(false)
                        .withNewSecurityContext()
                        .withRunAsNonRoot(true)
                        .withRunAsUser(USER)
                        .withRunAsGroup(USER)
                        .withFsGroup(USER)
                        .withNewSeccompProfile()
                        .withType("RuntimeDefault")
                        .endSeccompProfile()
                        .endSecurityContext()
                        .withContainers(service(image), redis(image))
                        .addNewVolume()
                        .withName("redis")
                        .withNewEmptyDir()
                        .endEmptyDir()
                        .endVolume()
                        .endSpec()
                        .endTemplate()
                        .endSpec()
                        .build(),
                new ServiceBuilder()
                        .withMetadata(meta)
                        .withNewSpec()
                        .withSelector(SELECTOR)
                        .addNewPort()
                        .withName("grpc")
                        .withPort(ServerIngest.MANAGED_RATE_LIMIT_PORT)
                        .withTargetPort(new IntOrString(ServerIngest.MANAGED_RATE_LIMIT_PORT))
                        .withProtocol("TCP")
                        .endPort()
                        .endSpec()
                        .build());
    }

    private static Container service(String image) {
        return container("ratelimit", image, "64Mi", "256Mi")
                .withCommand("/usr/local/bin/ratelimit")
                .withEnv(
                        env("RUNTIME_ROOT", "/etc/selvedge"),
                        env("RUNTIME_SUBDIRECTORY", "ratelimit"),
                        env("RUNTIME_WATCH_ROOT", "false"),
                        env("REDIS_SOCKET_TYPE", "unix"),
                        env("REDIS_URL", SOCKET),
                        env("REDIS_TIMEOUT", "1s"),
                        env("USE_STATSD", "false"),
                        // Health and debugging are for nobody outside of the pod; the kubelet asks by gRPC.
                        env("HOST", "127.0.0.1"),
                        env("DEBUG_HOST", "127.0.0.1"))
                .addNewPort()
                .withName("grpc")
                .withContainerPort(ServerIngest.MANAGED_RATE_LIMIT_PORT)
                .withProtocol("TCP")
                .endPort()
                .withNewReadinessProbe()
                .withNewGrpc()
                .withPort(ServerIngest.MANAGED_RATE_LIMIT_PORT)
                .withService("ratelimit")
                .endGrpc()
                .withPeriodSeconds(2)
                .withTimeoutSeconds(2)
                .endReadinessProbe()
                .build();
    }

    /** Counts in memory only; what is counted ends within a day. When memory is full, what ends first makes room. */
    private static Container redis(String image) {
        return container("redis", image, "32Mi", "256Mi")
                .withCommand("/usr/bin/redis-server")
                .withArgs(
                        "--port", "0",
                        "--unixsocket", SOCKET,
                        "--unixsocketperm", "700",
                        "--save", "",
                        "--appendonly", "no",
                        "--dir", SOCKETS,
                        "--maxmemory", "160mb",
                        "--maxmemory-policy", "volatile-ttl")
                .build();
    }

    private static ContainerBuilder container(String name, String image, String request, String limit) {
        return new ContainerBuilder()
                .withName(name)
                .withImage(image)
                .withImagePullPolicy("IfNotPresent")
                .withNewResources()
                .addToRequests("cpu", new Quantity("20m"))
                .addToRequests("memory", new Quantity(request))
                .addToLimits("memory", new Quantity(limit))
                .endResources()
                .withSecurityContext(confined())
                .addNewVolumeMount()
                .withName("redis")
                .withMountPath(SOCKETS)
                .endVolumeMount();
    }

    private static SecurityContext confined() {
        return new SecurityContextBuilder()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .build();
    }

    private static EnvVar env(String name, String value) {
        return new EnvVarBuilder().withName(name).withValue(value).build();
    }
}
