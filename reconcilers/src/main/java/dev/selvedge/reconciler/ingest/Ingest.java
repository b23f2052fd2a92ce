// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static java.util.Objects.requireNonNullElse;

import dev.selvedge.api.Labels;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.Meta;
import dev.selvedge.compiler.snapshot.Namespace;
import dev.selvedge.compiler.snapshot.Node;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.Pod.Proxy;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.reconciler.proxy.ProxyVolumes;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The built-in kinds, reduced to what the compiler reads of them. Each function is pure; empty means that the object,
 * as it is, does not exist for the mesh.
 */
public final class Ingest {
    /** The container that is a proxy of ours, in a sidecar's pod and in a gateway's pod. */
    public static final String PROXY_CONTAINER = "selvedge-proxy";

    private static final String SERVICE_NAME_LABEL = "kubernetes.io/service-name";
    /** Values of {@code trafficDistribution}; the same node is in the same zone. */
    private static final Set<String> NEAR = Set.of("PreferClose", "PreferSameZone", "PreferSameNode");

    private static final Set<String> FINISHED = Set.of("Succeeded", "Failed");

    private Ingest() {}

    public static Optional<Namespace> namespace(io.fabric8.kubernetes.api.model.Namespace namespace) {
        return Optional.of(new Namespace(namespace.getMetadata().getName(), labels(namespace.getMetadata())));
    }

    /** A Service with its TCP ports. */
    public static Optional<Service> service(io.fabric8.kubernetes.api.model.Service service) {
        var spec = service.getSpec();
        boolean external = "ExternalName".equals(spec.getType());
        return Optional.of(new Service(
                name(service),
                requireNonNullElse(spec.getSelector(), Map.of()),
                external
                        ? List.of()
                        : clusterIps(spec.getClusterIPs(), spec.getClusterIP()).toList(),
                list(spec.getPorts()).stream()
                        .filter(port -> isTcp(port.getProtocol()))
                        .map(Ingest::port)
                        .toList(),
                NEAR.contains(requireNonNullElse(spec.getTrafficDistribution(), ""))));
    }

    /** Where a node is. */
    public static Optional<Node> node(io.fabric8.kubernetes.api.model.Node node) {
        var labels = labels(node.getMetadata());
        return Optional.of(new Node(
                node.getMetadata().getName(),
                labels.getOrDefault("topology.kubernetes.io/zone", ""),
                labels.getOrDefault("topology.kubernetes.io/region", "")));
    }

    private static Stream<String> clusterIps(@Nullable List<String> all, @Nullable String first) {
        return (list(all).isEmpty() ? Stream.ofNullable(first) : list(all).stream())
                .filter(ip -> !ip.isEmpty() && !ip.equals("None"));
    }

    private static Service.Port port(ServicePort port) {
        return new Service.Port(
                requireNonNullElse(port.getName(), ""), port.getPort(), Optional.ofNullable(port.getAppProtocol()));
    }

    /** A slice of a Service with addresses; slices of host names are not read. */
    public static Optional<EndpointSlice> endpointSlice(
            io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice slice) {
        var service = labels(slice.getMetadata()).get(SERVICE_NAME_LABEL);
        if (service == null || "FQDN".equals(slice.getAddressType())) {
            return Optional.empty();
        }
        var name = name(slice);
        var ports = list(slice.getPorts()).stream()
                .filter(port -> isTcp(port.getProtocol()) && port.getPort() != null)
                .collect(Collectors.toMap(
                        port -> requireNonNullElse(port.getName(), ""),
                        EndpointPort::getPort,
                        (first, second) -> first));
        var endpoints = list(slice.getEndpoints()).stream()
                .filter(endpoint -> !list(endpoint.getAddresses()).isEmpty())
                .map(endpoint -> endpoint(endpoint, name.namespace()))
                .toList();
        return Optional.of(new EndpointSlice(name, new ObjectName(name.namespace(), service), ports, endpoints));
    }

    /** Unset conditions mean what the EndpointSlice API says: ready; serving as ready; not terminating. */
    private static EndpointSlice.Endpoint endpoint(Endpoint endpoint, String namespace) {
        var conditions = endpoint.getConditions();
        boolean ready = conditions == null || !Boolean.FALSE.equals(conditions.getReady());
        boolean serving = conditions == null || conditions.getServing() == null ? ready : conditions.getServing();
        boolean terminating = conditions != null && Boolean.TRUE.equals(conditions.getTerminating());
        var target = endpoint.getTargetRef();
        return new EndpointSlice.Endpoint(
                // One address by the API's rule: others are never used.
                endpoint.getAddresses().getFirst(),
                ready,
                serving,
                terminating,
                target != null && "Pod".equals(target.getKind())
                        ? Optional.of(
                                new ObjectName(requireNonNullElse(target.getNamespace(), namespace), target.getName()))
                        : Optional.empty(),
                requireNonNullElse(endpoint.getZone(), ""));
    }

    /** A pod that has not finished. */
    public static Optional<Pod> pod(io.fabric8.kubernetes.api.model.Pod pod) {
        var spec = pod.getSpec();
        var status = pod.getStatus();
        if (status != null && status.getPhase() != null && FINISHED.contains(status.getPhase())) {
            return Optional.empty();
        }
        boolean hostNetwork = Boolean.TRUE.equals(spec.getHostNetwork());
        var ips = status == null || hostNetwork
                ? Stream.<String>of()
                : list(status.getPodIPs()).isEmpty()
                        ? Stream.ofNullable(status.getPodIP())
                        : status.getPodIPs().stream().map(PodIP::getIp);
        var metadata = pod.getMetadata();
        return Optional.of(new Pod(
                name(pod),
                requireNonNullElse(metadata.getUid(), ""),
                ips.toList(),
                labels(metadata),
                serviceAccount(spec),
                proxy(pod),
                Optional.ofNullable(spec.getNodeName()),
                ProxyVolumes.ownKey(spec)));
    }

    /**
     * A gateway's pod shows by both labels and by the ServiceAccount that the operator makes for the Gateway: it serves
     * with the identity of that account, so labels alone do not suffice.
     */
    private static Proxy proxy(io.fabric8.kubernetes.api.model.Pod pod) {
        var labels = labels(pod.getMetadata());
        var gateway = labels.get(Labels.GATEWAY_NAME);
        if (gateway != null
                && "Gateway".equals(labels.get(Labels.PROXY))
                && serviceAccount(pod.getSpec()).equals(gateway + "-selvedge")) {
            return new Proxy.GatewayProxy(new ObjectName(pod.getMetadata().getNamespace(), gateway));
        }
        boolean sidecar = list(pod.getSpec().getInitContainers()).stream()
                .anyMatch(container -> PROXY_CONTAINER.equals(container.getName()));
        return sidecar ? new Proxy.Sidecar() : new Proxy.None();
    }

    private static String serviceAccount(PodSpec spec) {
        var name = spec.getServiceAccountName();
        return name == null || name.isEmpty() ? "default" : name;
    }

    /** Identity and age; an object that is not stored yet (as a webhook sees it) has neither uid nor age. */
    public static Meta meta(HasMetadata object) {
        var metadata = object.getMetadata();
        var created = metadata.getCreationTimestamp();
        return new Meta(
                name(object),
                requireNonNullElse(metadata.getUid(), ""),
                requireNonNullElse(metadata.getGeneration(), 0L),
                created == null ? 0 : Instant.parse(created).getEpochSecond());
    }

    static ObjectName name(HasMetadata object) {
        var metadata = object.getMetadata();
        return new ObjectName(
                requireNonNullElse(metadata.getNamespace(), ""), requireNonNullElse(metadata.getName(), ""));
    }

    static Map<String, String> labels(ObjectMeta metadata) {
        return requireNonNullElse(metadata.getLabels(), Map.of());
    }

    static <T> List<T> list(@Nullable List<T> list) {
        return requireNonNullElse(list, List.of());
    }

    private static boolean isTcp(@Nullable String protocol) {
        return protocol == null || protocol.equals("TCP");
    }
}
