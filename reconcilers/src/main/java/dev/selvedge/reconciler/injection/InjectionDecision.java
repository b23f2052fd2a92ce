// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.injection;

import static java.util.Objects.requireNonNullElse;

import dev.selvedge.api.Labels;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.reconciler.proxy.ProxyPod;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecurityContext;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What becomes of a pod that is being created. */
public sealed interface InjectionDecision {
    /** It gets a sidecar. One that has a sidecar already gets the present one instead. */
    record Inject() implements InjectionDecision {}

    /** It is created as it is. */
    record Outside(Reason reason) implements InjectionDecision {}

    /** It is not created. */
    record Refuse(String message) implements InjectionDecision {}

    /** Why a pod has no sidecar. */
    enum Reason {
        NO_MESH,
        NOT_A_MEMBER,
        OPTED_OUT,
        GATEWAY,
        HOST_NETWORK,
        NOT_LINUX
    }

    /** Ports that the proxy listens on. */
    Set<Integer> RESERVED_PORTS =
            Set.of(ProxyPorts.OUTBOUND, ProxyPorts.INBOUND, ProxyPorts.METRICS, ProxyPorts.HEALTH);

    /**
     * @param namespace that the pod is created in
     * @param namespaceLabels its labels
     * @param members of the mesh in force; empty without a mesh
     */
    static InjectionDecision evaluate(
            Pod pod, String namespace, Map<String, String> namespaceLabels, Optional<MeshMembers> members) {
        var labels = labels(pod);
        var wish = Wish.of(labels.get(Labels.INJECT));
        if (wish == Wish.UNKNOWN) {
            return new Refuse("label %s: \"%s\" is neither Enabled nor Disabled; write one of them, or remove the label"
                    .formatted(Labels.INJECT, labels.get(Labels.INJECT)));
        }
        return outside(pod, namespace, namespaceLabels, members, wish)
                .<InjectionDecision>map(reason -> explain(reason, wish, namespace))
                .or(() -> conflict(pod.getSpec()).map(Refuse::new))
                .orElseGet(Inject::new);
    }

    private static Optional<Reason> outside(
            Pod pod, String namespace, Map<String, String> namespaceLabels, Optional<MeshMembers> members, Wish wish) {
        if ("Gateway".equals(labels(pod).get(Labels.PROXY))) {
            return Optional.of(Reason.GATEWAY);
        }
        if (wish == Wish.DISABLED) {
            return Optional.of(Reason.OPTED_OUT);
        }
        if (members.isEmpty()) {
            return Optional.of(Reason.NO_MESH);
        }
        if (!members.get().includes(namespace, namespaceLabels)) {
            return Optional.of(Reason.NOT_A_MEMBER);
        }
        if (Boolean.TRUE.equals(pod.getSpec().getHostNetwork())) {
            return Optional.of(Reason.HOST_NETWORK);
        }
        var os = pod.getSpec().getOs();
        return os != null && !"linux".equals(os.getName()) ? Optional.of(Reason.NOT_LINUX) : Optional.empty();
    }

    /** A pod that cannot have the sidecar it asks for is refused: running it without would be a silent surprise. */
    private static InjectionDecision explain(Reason reason, Wish wish, String namespace) {
        var asks = "the pod asks for a proxy (label %s: Enabled), but ".formatted(Labels.INJECT);
        var remedy = "; remove the label, or ";
        return switch (reason) {
            case GATEWAY, OPTED_OUT -> new Outside(reason);
            case NO_MESH ->
                wish == Wish.ENABLED
                        ? new Refuse(asks + "there is no Mesh" + remedy + "create one")
                        : new Outside(reason);
            case NOT_A_MEMBER ->
                wish == Wish.ENABLED
                        ? new Refuse(asks + "namespace " + namespace + " does not belong to the mesh" + remedy
                                + "label the namespace as the Mesh's members.namespaceSelector demands")
                        : new Outside(reason);
            case HOST_NETWORK ->
                wish == Wish.ENABLED
                        ? new Refuse(asks + "it is on the host's network, where interception would redirect the node"
                                + remedy + "do without hostNetwork")
                        : new Outside(reason);
            case NOT_LINUX ->
                wish == Wish.ENABLED
                        ? new Refuse(asks + "proxies run on Linux only" + remedy + "choose spec.os.name: linux")
                        : new Outside(reason);
        };
    }

    /** What in the pod would not work beside a proxy. */
    private static Optional<String> conflict(PodSpec spec) {
        var users = Stream.concat(
                Stream.ofNullable(spec.getSecurityContext()).map(context -> context.getRunAsUser()),
                applicationContainers(spec).map(container -> user(container.getSecurityContext())));
        if (users.filter(Objects::nonNull).anyMatch(user -> user == ProxyPorts.PROXY_UID)) {
            return Optional.of("user %d is the proxy's: what it sends is not redirected, so it would pass by the mesh;"
                            .formatted(ProxyPorts.PROXY_UID)
                    + " choose another runAsUser, or opt out with label " + Labels.INJECT + ": Disabled");
        }
        return applicationContainers(spec)
                .flatMap(container -> container.getPorts().stream())
                .map(ContainerPort::getContainerPort)
                .filter(RESERVED_PORTS::contains)
                .findFirst()
                .map(port -> ("port %d is one of the proxy's (%s); choose another containerPort, or opt out with label"
                                + " %s: Disabled")
                        .formatted(
                                port,
                                String.join(
                                        ", ",
                                        RESERVED_PORTS.stream()
                                                .sorted()
                                                .map(String::valueOf)
                                                .toList()),
                                Labels.INJECT));
    }

    private static Stream<Container> applicationContainers(PodSpec spec) {
        return Stream.concat(spec.getInitContainers().stream(), spec.getContainers().stream())
                .filter(container -> !ProxyPod.PROXY.equals(container.getName())
                        && !ProxyPod.INTERCEPTION.equals(container.getName()));
    }

    private static @Nullable Long user(@Nullable SecurityContext context) {
        return context == null ? null : context.getRunAsUser();
    }

    private static Map<String, String> labels(Pod pod) {
        return requireNonNullElse(pod.getMetadata().getLabels(), Map.of());
    }

    /** What the label on the pod says. */
    enum Wish {
        NONE,
        ENABLED,
        DISABLED,
        UNKNOWN;

        static Wish of(@Nullable String label) {
            return switch (label) {
                case null -> NONE;
                case "Enabled" -> ENABLED;
                case "Disabled" -> DISABLED;
                default -> UNKNOWN;
            };
        }
    }
}
