// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.toCollection;

import dev.selvedge.compiler.model.EndpointsView;
import dev.selvedge.compiler.model.EndpointsView.Endpoint;
import dev.selvedge.compiler.model.Identity;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.model.ServiceView.Pool;
import dev.selvedge.compiler.model.ServiceView.Proxied;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** What stands behind the ports of a Service. */
public final class ServiceEndpoints {
    private static final Comparator<Endpoint> ORDER =
            comparing(Endpoint::address).thenComparing(Endpoint::port).thenComparing(Endpoint::draining);

    private ServiceEndpoints() {}

    /** The endpoints of a pool; empty when there is no such Service, port or subset. */
    public static Optional<EndpointsView> resolve(Reads reads, ServiceTraffic traffic, ClusterName name) {
        return reads.service(name.service()).flatMap(service -> service.ports().stream()
                .filter(port -> port.port() == name.port())
                .findFirst()
                .filter(_ -> name.subset().map(traffic.subsets()::containsKey).orElse(true))
                .map(port -> new EndpointsView(
                        name,
                        distinct(behind(reads, service, port).stream()
                                .filter(found -> found.isIn(subset(traffic, name.subset())))
                                .flatMap(found -> found.view().stream())
                                .toList()))));
    }

    /** Who answers in a pool. Pods that are not ready count too, so that a pod's becoming ready changes endpoints only. */
    static Pool pool(ServiceTraffic traffic, List<Behind> behind, Optional<String> subset) {
        var pool = behind.stream()
                .filter(found -> found.isIn(subset(traffic, subset)))
                .toList();
        var identities = pool.stream()
                .flatMap(found -> found.identity().stream())
                .flatMap(identity -> identity.accepted().stream())
                .collect(toCollection(TreeSet::new));
        return new Pool(subset, identities, proxied(pool));
    }

    private static Proxied proxied(List<Behind> pool) {
        if (pool.stream().noneMatch(found -> found.identity().isPresent())) {
            return Proxied.NONE;
        }
        return pool.stream().anyMatch(Behind::isBare) ? Proxied.SOME : Proxied.ALL;
    }

    private static Map<String, String> subset(ServiceTraffic traffic, Optional<String> name) {
        return name.map(traffic.subsets()::get).orElse(Map.of());
    }

    /**
     * All that EndpointSlices say is behind a port. A Service with addresses of two families has each pod in slices of
     * both; those of its first address are taken, as each pod shall count once.
     */
    static List<Behind> behind(Reads reads, Service service, Service.Port port) {
        var found = new ArrayList<Behind>();
        for (var slice : reads.endpointSlices(service.name())) {
            var targetPort = slice.ports().get(port.name());
            if (targetPort != null) {
                slice.endpoints().stream()
                        .filter(endpoint -> isOfFirstFamily(service, endpoint))
                        .map(endpoint -> behind(reads, endpoint, targetPort))
                        .forEach(found::add);
            }
        }
        return found;
    }

    private static boolean isOfFirstFamily(Service service, EndpointSlice.Endpoint endpoint) {
        return service.clusterIps().isEmpty() || isIpv6(service.clusterIps().getFirst()) == isIpv6(endpoint.address());
    }

    private static boolean isIpv6(String address) {
        return address.indexOf(':') >= 0;
    }

    private static Behind behind(Reads reads, EndpointSlice.Endpoint endpoint, int port) {
        // A slice that somebody wrote by hand need not name the pods behind its addresses.
        var pod = endpoint.pod().isPresent()
                ? endpoint.pod().flatMap(reads::pod)
                : reads.podByAddress(endpoint.address());
        return new Behind(
                endpoint,
                port,
                pod,
                pod.flatMap(it -> Membership.serverIdentity(reads, it)),
                isKnown(reads, endpoint, pod));
    }

    /**
     * Whether it can be told if a proxy is in front. Objects of different kinds arrive in any order; an endpoint whose pod
     * is not there yet must not be called in plaintext until it is. One that names no pod and whose address no pod has is
     * outside of the mesh.
     */
    private static boolean isKnown(Reads reads, EndpointSlice.Endpoint endpoint, Optional<Pod> pod) {
        return pod.map(it -> !(it.proxy() instanceof Pod.Proxy.Sidecar)
                        || reads.namespace(it.name().namespace()).isPresent())
                .orElse(endpoint.pod().isEmpty());
    }

    /** One of each address and port, in order; while a pod moves between slices, the healthier entry counts. */
    private static List<Endpoint> distinct(List<Endpoint> endpoints) {
        var byAddress = new LinkedHashMap<Object, Endpoint>();
        endpoints.stream()
                .sorted(ORDER)
                .forEach(endpoint -> byAddress.putIfAbsent(List.of(endpoint.address(), endpoint.port()), endpoint));
        return List.copyOf(byAddress.values());
    }

    /**
     * @param pod the pod, when it is known
     * @param identity of the proxy in front of it, when there is one
     * @param known whether all that decides on the identity has arrived
     */
    record Behind(
            EndpointSlice.Endpoint endpoint, int port, Optional<Pod> pod, Optional<Identity> identity, boolean known) {
        boolean isIn(Map<String, String> subset) {
            return subset.isEmpty()
                    || pod.filter(it -> it.labels().entrySet().containsAll(subset.entrySet()))
                            .isPresent();
        }

        /** Whether it has no proxy of ours. One of which that cannot be told yet is not called, and does not count. */
        boolean isBare() {
            return known && identity.isEmpty();
        }

        /** As people of a namespace know it: the pod, or an address when it is not theirs. */
        String nameIn(String namespace) {
            return pod.map(Pod::name)
                    .filter(name -> name.namespace().equals(namespace))
                    .map(name -> "Pod " + name)
                    .orElseGet(endpoint::address);
        }

        /** As clients use it: empty when it serves no more, or not yet, or when it is not known how to call it. */
        Optional<Endpoint> view() {
            var draining = !endpoint.ready() && endpoint.serving() && endpoint.terminating();
            return known && (endpoint.ready() || draining)
                    ? Optional.of(
                            new Endpoint(endpoint.address(), port, identity.isPresent(), draining, endpoint.zone()))
                    : Optional.empty();
        }
    }
}
