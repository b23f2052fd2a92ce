// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.incremental;

import static dev.selvedge.compiler.incremental.Index.underEach;
import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.toCollection;

import dev.selvedge.compiler.snapshot.AuthorizationPolicy;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.ExternalService;
import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Meta;
import dev.selvedge.compiler.snapshot.Namespace;
import dev.selvedge.compiler.snapshot.Node;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.PublicRanges;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.ReferenceGrant;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/** The questions of {@link Reads}, each answered from one index. */
record IndexedReads(Index.Source source) implements Reads {
    private static final String ALL = "";

    private record Label(String namespace, String key, String value) {}

    private static final Index<String, Mesh> MESHES = Index.of(Mesh.class, mesh -> Map.of(ALL, mesh));
    private static final Index<String, Namespace> NAMESPACES =
            Index.of(Namespace.class, namespace -> Map.of(namespace.name(), namespace));
    private static final Index<String, String> ZONES =
            Index.of(Node.class, node -> node.zone().isEmpty() ? Map.of() : Map.of(node.name(), node.zone()));
    private static final Index<String, String> REGIONS =
            Index.of(Node.class, node -> node.region().isEmpty() ? Map.of() : Map.of(node.zone(), node.region()));
    private static final Index<ObjectName, Service> SERVICES =
            Index.of(Service.class, service -> Map.of(service.name(), service));
    private static final Index<String, ObjectName> SERVICE_NAMES =
            Index.of(Service.class, service -> Map.of(ALL, service.name()));
    private static final Index<String, Service> SERVICES_BY_ADDRESS =
            Index.of(Service.class, service -> underEach(service.clusterIps(), service));
    /** Each under one label of its selector: whoever has all of them has this one. */
    private static final Index<Label, Service> SERVICES_BY_SELECTOR =
            Index.of(Service.class, service -> service.selector().entrySet().stream()
                    .min(Map.Entry.comparingByKey())
                    .map(label ->
                            Map.of(new Label(service.name().namespace(), label.getKey(), label.getValue()), service))
                    .orElse(Map.of()));

    private static final Index<ObjectName, EndpointSlice> SLICES =
            Index.of(EndpointSlice.class, slice -> Map.of(slice.service(), slice));
    private static final Index<ObjectName, EndpointSlice.Backing> BACKINGS =
            Index.of(EndpointSlice.class, slice -> underEach(slice.pods(), slice.backing()));
    private static final Index<ObjectName, Pod> PODS = Index.of(Pod.class, pod -> Map.of(pod.name(), pod));
    private static final Index<String, Pod> PODS_BY_ADDRESS = Index.of(Pod.class, pod -> underEach(pod.ips(), pod));
    private static final Index<String, Map<String, String>> POD_LABELS =
            Index.of(Pod.class, pod -> Map.of(pod.name().namespace(), pod.labels()));
    private static final Index<String, List<String>> PUBLIC_POD_RANGES =
            Index.of(Pod.class, pod -> underAll(PublicRanges.of(pod.ips())));
    private static final Index<String, List<String>> PUBLIC_SERVICE_RANGES =
            Index.of(Service.class, service -> underAll(PublicRanges.of(service.clusterIps())));
    private static final Index<ObjectName, TrafficPolicy> TRAFFIC_POLICIES =
            Index.of(TrafficPolicy.class, policy -> Map.of(policy.meta().name(), policy));
    private static final Index<ObjectName, TrafficPolicy> TRAFFIC_POLICIES_BY_TARGET =
            Index.of(TrafficPolicy.class, policy -> underEach(policy.services(), policy));
    private static final Index<ObjectName, AuthorizationPolicy> AUTHORIZATION_POLICIES =
            Index.of(AuthorizationPolicy.class, policy -> Map.of(policy.meta().name(), policy));
    private static final Index<ObjectName, AuthorizationPolicy> AUTHORIZATION_POLICIES_BY_TARGET =
            Index.of(AuthorizationPolicy.class, policy -> underEach(policy.services(), policy));
    private static final Index<String, AuthorizationPolicy> AUTHORIZATION_POLICIES_FOR_PODS = Index.of(
            AuthorizationPolicy.class,
            policy -> policy.selectsPods() ? Map.of(policy.meta().name().namespace(), policy) : Map.of());
    private static final Index<ObjectName, Gateway> GATEWAYS =
            Index.of(Gateway.class, gateway -> Map.of(gateway.meta().name(), gateway));
    private static final Index<ObjectRef, HttpRoute> HTTP_ROUTES =
            Index.of(HttpRoute.class, route -> Map.of(route.ref(), route));
    private static final Index<ObjectName, HttpRoute> HTTP_ROUTES_BY_GATEWAY =
            Index.of(HttpRoute.class, route -> underEach(route.gateways(), route));
    private static final Index<ObjectName, HttpRoute> HTTP_ROUTES_BY_PARENT_SERVICE =
            Index.of(HttpRoute.class, route -> underEach(route.parentServices(), route));
    private static final Index<ObjectName, HttpRoute> HTTP_ROUTES_BY_SERVICE =
            Index.of(HttpRoute.class, route -> underEach(route.services(), route));
    private static final Index<String, ReferenceGrant> REFERENCE_GRANTS =
            Index.of(ReferenceGrant.class, grant -> Map.of(grant.name().namespace(), grant));

    static final List<Index<?, ?>> INDEXES = List.of(
            MESHES,
            NAMESPACES,
            ZONES,
            REGIONS,
            SERVICES,
            SERVICE_NAMES,
            SERVICES_BY_ADDRESS,
            SERVICES_BY_SELECTOR,
            SLICES,
            BACKINGS,
            PODS,
            PODS_BY_ADDRESS,
            POD_LABELS,
            PUBLIC_POD_RANGES,
            PUBLIC_SERVICE_RANGES,
            TRAFFIC_POLICIES,
            TRAFFIC_POLICIES_BY_TARGET,
            AUTHORIZATION_POLICIES,
            AUTHORIZATION_POLICIES_BY_TARGET,
            AUTHORIZATION_POLICIES_FOR_PODS,
            GATEWAYS,
            HTTP_ROUTES,
            HTTP_ROUTES_BY_GATEWAY,
            HTTP_ROUTES_BY_PARENT_SERVICE,
            HTTP_ROUTES_BY_SERVICE,
            REFERENCE_GRANTS,
            ExternalIndexes.BY_NAME,
            ExternalIndexes.BY_PORT,
            ExternalIndexes.PORTS);

    @Override
    public Optional<Mesh> mesh() {
        return meshes().stream().findFirst();
    }

    @Override
    public List<Mesh> meshes() {
        return oldestFirst(MESHES, ALL, Mesh::meta);
    }

    @Override
    public Optional<Namespace> namespace(String name) {
        return first(NAMESPACES, name);
    }

    @Override
    public Optional<String> zone(String node) {
        return first(ZONES, node);
    }

    @Override
    public List<String> regions(String zone) {
        return zone.isEmpty()
                ? List.of()
                : all(REGIONS, zone).stream().distinct().sorted().toList();
    }

    @Override
    public Optional<Service> service(ObjectName name) {
        return first(SERVICES, name);
    }

    @Override
    public Optional<Service> serviceByAddress(String clusterIp) {
        return first(SERVICES_BY_ADDRESS, clusterIp);
    }

    @Override
    public List<Service> servicesSelecting(String namespace, Map<String, String> labels) {
        return labels.entrySet().stream()
                .map(label -> new Label(namespace, label.getKey(), label.getValue()))
                .flatMap(label -> all(SERVICES_BY_SELECTOR, label).stream())
                .filter(service -> service.selects(labels))
                .sorted(comparing(Service::name))
                .toList();
    }

    @Override
    public SortedSet<ObjectName> serviceNames() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(all(SERVICE_NAMES, ALL)));
    }

    @Override
    public List<EndpointSlice> endpointSlices(ObjectName service) {
        return all(SLICES, service);
    }

    @Override
    public List<EndpointSlice.Backing> backings(ObjectName pod) {
        return all(BACKINGS, pod);
    }

    @Override
    public Optional<Pod> pod(ObjectName name) {
        return first(PODS, name);
    }

    @Override
    public Optional<Pod> podByAddress(String ip) {
        return first(PODS_BY_ADDRESS, ip);
    }

    @Override
    public List<String> publicRanges() {
        return Stream.of(PUBLIC_POD_RANGES, PUBLIC_SERVICE_RANGES)
                .flatMap(index -> all(index, ALL).stream())
                .flatMap(List::stream)
                .distinct()
                .sorted()
                .toList();
    }

    @Override
    public List<Map<String, String>> podLabels(String namespace) {
        return all(POD_LABELS, namespace);
    }

    @Override
    public List<TrafficPolicy> trafficPolicies(ObjectName service) {
        return oldestFirst(TRAFFIC_POLICIES_BY_TARGET, service, TrafficPolicy::meta);
    }

    @Override
    public Optional<TrafficPolicy> trafficPolicy(ObjectName name) {
        return first(TRAFFIC_POLICIES, name);
    }

    @Override
    public List<AuthorizationPolicy> authorizationPolicies(ObjectName service) {
        return oldestFirst(AUTHORIZATION_POLICIES_BY_TARGET, service, AuthorizationPolicy::meta);
    }

    @Override
    public List<AuthorizationPolicy> podAuthorizationPolicies(String namespace) {
        return oldestFirst(AUTHORIZATION_POLICIES_FOR_PODS, namespace, AuthorizationPolicy::meta);
    }

    @Override
    public Optional<AuthorizationPolicy> authorizationPolicy(ObjectName name) {
        return first(AUTHORIZATION_POLICIES, name);
    }

    @Override
    public Optional<Gateway> gateway(ObjectName name) {
        return first(GATEWAYS, name);
    }

    @Override
    public List<HttpRoute> httpRoutes(ObjectName gateway) {
        return oldestFirst(HTTP_ROUTES_BY_GATEWAY, gateway, HttpRoute::meta);
    }

    @Override
    public List<HttpRoute> httpRoutesOf(ObjectName service) {
        return oldestFirst(HTTP_ROUTES_BY_PARENT_SERVICE, service, HttpRoute::meta);
    }

    @Override
    public List<HttpRoute> httpRoutesTo(ObjectName service) {
        return oldestFirst(HTTP_ROUTES_BY_SERVICE, service, HttpRoute::meta);
    }

    @Override
    public List<ReferenceGrant> referenceGrants(String namespace) {
        return all(REFERENCE_GRANTS, namespace);
    }

    @Override
    public Optional<HttpRoute> httpRoute(ObjectRef route) {
        return first(HTTP_ROUTES, route);
    }

    @Override
    public List<ExternalService> externalServices(int port) {
        return oldestFirst(ExternalIndexes.BY_PORT, port, ExternalService::meta);
    }

    @Override
    public Optional<ExternalService> externalService(ObjectName name) {
        return first(ExternalIndexes.BY_NAME, name);
    }

    @Override
    public SortedSet<Integer> externalPorts(ExternalService.Protocol protocol) {
        return all(ExternalIndexes.PORTS, protocol).stream()
                .flatMap(List::stream)
                .collect(toCollection(TreeSet::new));
    }

    private <K, V> List<V> all(Index<K, V> index, K key) {
        return source.read(new Index.Key<>(index, key));
    }

    private <K, V> Optional<V> first(Index<K, V> index, K key) {
        var found = all(index, key);
        return found.isEmpty() ? Optional.empty() : Optional.of(found.getFirst());
    }

    private <K, V> List<V> oldestFirst(Index<K, V> index, K key, Function<V, Meta> meta) {
        return all(index, key).stream().sorted(comparing(meta, Meta::byAge)).toList();
    }

    private static <V> Map<String, List<V>> underAll(List<V> values) {
        return values.isEmpty() ? Map.of() : Map.of(ALL, values);
    }
}
