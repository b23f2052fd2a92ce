// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.proxy;

import dev.selvedge.api.Labels;
import dev.selvedge.compiler.model.ProxyPorts;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import java.util.Map;

/** The containers and volumes of a proxy. */
public final class ProxyPod {
    /** The proxy's container, in sidecars and gateways. */
    public static final String PROXY = "selvedge-proxy";

    /** The init container that applies the interception rules. */
    public static final String INTERCEPTION = "selvedge-interception";

    /** The volume with the service account token that proves the pod to the operator. */
    public static final String TOKEN_VOLUME = "selvedge-token";

    /** The volume with the trust anchors, and the ConfigMap that it shows. */
    public static final String TRUST = "selvedge-trust";

    /** In that ConfigMap: what workloads trust; the operator's servers are known by the mesh's own anchors alone. */
    public static final String WORKLOAD_BUNDLE = "workloads.crt";

    /** The volume of the admin socket. */
    public static final String ADMIN_VOLUME = "selvedge-admin";

    /** The audience of the token. */
    public static final String TOKEN_AUDIENCE = "selvedge";

    /** Seconds; long enough for an operator that is being installed or upgraded. */
    private static final int START_PATIENCE = 600;

    /** Seconds that requests under way have after a gateway stopped accepting. */
    private static final long GATEWAY_FINISH = 18;

    /** Seconds for the end of Envoy itself, which is quick. */
    private static final long GATEWAY_END = 2;

    private ProxyPod() {}

    /**
     * Leads the pod's traffic through the proxy. Root in its own namespace of processes, with the two capabilities that
     * iptables needs; it ends before the application begins. Resources are the proxy's, so that the pod's request does
     * not grow and quotas are satisfied.
     */
    public static Container interception(ProxySettings settings, DirectAccess access) {
        return new ContainerBuilder()
                .withName(INTERCEPTION)
                .withImage(settings.image())
                .withImagePullPolicy("IfNotPresent")
                .withCommand("/usr/local/bin/interception")
                .withArgs(
                        "--ipv4",
                        InterceptionRules.ipv4(access.ports()),
                        "--ipv6",
                        InterceptionRules.ipv6(access.ports()))
                .withResources(resources(settings))
                .withSecurityContext(restricted()
                        .withRunAsUser(0L)
                        .withRunAsGroup(0L)
                        .withRunAsNonRoot(false)
                        .editCapabilities()
                        .withAdd("NET_ADMIN", "NET_RAW")
                        .endCapabilities()
                        .build())
                .build();
    }

    /** A native sidecar: it starts before the application, which waits until it is configured, and ends after it. */
    public static Container sidecar(ProxySettings settings, DirectAccess access) {
        return proxy(settings, Bootstrap.sidecar(settings, access))
                .withRestartPolicy("Always")
                .withStartupProbe(ready().withPeriodSeconds(1)
                        .withTimeoutSeconds(1)
                        .withFailureThreshold(START_PATIENCE)
                        .build())
                .withReadinessProbe(readiness())
                .build();
    }

    /**
     * The pods of a gateway: a proxy and nothing else, not redirected, without any capability. Low ports are opened by a
     * sysctl that Kubernetes counts as safe. Envoy ends at once when it is told to, so the preStop hook returns when it
     * may: clients had time to learn that the pod leaves, and no request is under way.
     *
     * @param gateway the Gateway's name, in the namespace of the pods
     * @param serviceAccount its own
     */
    public static PodTemplateSpec gateway(ProxySettings settings, String gateway, String serviceAccount) {
        long drain = settings.drainSeconds();
        return new PodTemplateSpecBuilder()
                .withNewMetadata()
                .withLabels(Map.of(Labels.PROXY, "Gateway", Labels.GATEWAY_NAME, gateway))
                .endMetadata()
                .withNewSpec()
                .withServiceAccountName(serviceAccount)
                .withAutomountServiceAccountToken(false)
                .withTerminationGracePeriodSeconds(drain + GATEWAY_FINISH + GATEWAY_END)
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .addNewSysctl("net.ipv4.ip_unprivileged_port_start", "0")
                .endSecurityContext()
                .withContainers(proxy(settings, Bootstrap.gateway(settings))
                        .withReadinessProbe(readiness())
                        .withNewLifecycle()
                        .withNewPreStop()
                        .withNewExec()
                        .withCommand(
                                "/usr/local/bin/drain",
                                "--at-least",
                                drain + "s",
                                "--at-most",
                                drain + GATEWAY_FINISH + "s")
                        .endExec()
                        .endPreStop()
                        .endLifecycle()
                        .build())
                .withVolumes(ProxyVolumes.of(settings))
                .endSpec()
                .build();
    }

    private static ContainerBuilder proxy(ProxySettings settings, String bootstrap) {
        return new ContainerBuilder()
                .withName(PROXY)
                .withImage(settings.image())
                .withImagePullPolicy("IfNotPresent")
                .withArgs(
                        "--config-yaml",
                        bootstrap,
                        "--concurrency",
                        Integer.toString(settings.workers()),
                        // Its shared memory would be found by the next Envoy of another user.
                        "--disable-hot-restart",
                        "--drain-time-s",
                        Long.toString(settings.drainSeconds()),
                        "--drain-strategy",
                        "immediate",
                        "--log-level",
                        "warn")
                .withEnv(
                        fromField("POD_NAME", "metadata.name"),
                        fromField("POD_NAMESPACE", "metadata.namespace"),
                        fromField("POD_IP", "status.podIP"))
                .addNewPort()
                .withName("mesh-metrics")
                .withContainerPort(ProxyPorts.METRICS)
                .withProtocol("TCP")
                .endPort()
                .withResources(resources(settings))
                .withSecurityContext(restricted()
                        .withRunAsUser((long) ProxyPorts.PROXY_UID)
                        .withRunAsGroup((long) ProxyPorts.PROXY_UID)
                        .withRunAsNonRoot(true)
                        .build())
                .withVolumeMounts(ProxyVolumes.mounts(settings));
    }

    private static Probe readiness() {
        return ready().withPeriodSeconds(5)
                .withTimeoutSeconds(3)
                .withFailureThreshold(3)
                .build();
    }

    private static ProbeBuilder ready() {
        return new ProbeBuilder()
                .withNewHttpGet()
                .withPath(StaticResources.READY_PATH)
                .withNewPort(ProxyPorts.HEALTH)
                .endHttpGet();
    }

    private static EnvVar fromField(String name, String path) {
        return new EnvVarBuilder()
                .withName(name)
                .withNewValueFrom()
                .withNewFieldRef()
                .withFieldPath(path)
                .endFieldRef()
                .endValueFrom()
                .build();
    }

    private static ResourceRequirements resources(ProxySettings settings) {
        return new ResourceRequirementsBuilder()
                .withRequests(settings.requests())
                .withLimits(settings.limits())
                .build();
    }

    private static SecurityContextBuilder restricted() {
        return new SecurityContextBuilder()
                .withAllowPrivilegeEscalation(false)
                .withPrivileged(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile();
    }
}
