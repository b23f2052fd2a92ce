// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.stream.Stream;

/**
 * All that a resolver may ask of the cluster. Each method is one index; the incremental compiler records which index
 * and which key a result came from, so a resolver that reads through this interface only cannot go stale.
 */
public interface Reads {
    /** The mesh in force: the oldest {@code Mesh}. */
    Optional<Mesh> mesh();

    /** All meshes, the oldest first. */
    List<Mesh> meshes();

    Optional<Namespace> namespace(String name);

    /** The zone of a node, empty when the node or its zone is not known. */
    Optional<String> zone(String node);

    /** The regions that a zone's nodes say they are in: one, unless labels are wrong. */
    List<String> regions(String zone);

    Optional<Service> service(ObjectName name);

    /** Those that there are, each once. */
    default Stream<Service> services(List<ObjectName> names) {
        return names.stream().distinct().flatMap(name -> service(name).stream());
    }

    Optional<Service> serviceByAddress(String clusterIp);

    /** The Services of a namespace that select pods with these labels. */
    List<Service> servicesSelecting(String namespace, Map<String, String> labels);

    /** Every Service of the cluster. */
    SortedSet<ObjectName> serviceNames();

    /** The slices of a Service, by name. */
    List<EndpointSlice> endpointSlices(ObjectName service);

    /** What EndpointSlices say of a pod: the Services it is behind and its target ports. */
    List<EndpointSlice.Backing> backings(ObjectName pod);

    Optional<Pod> pod(ObjectName name);

    Optional<Pod> podByAddress(String ip);

    /** The surroundings of the public addresses that pods and Services have; none in most clusters. */
    List<String> publicRanges();

    /** The labels of each pod of a namespace. */
    List<Map<String, String>> podLabels(String namespace);

    /** Policies that name this Service, the oldest first. */
    List<TrafficPolicy> trafficPolicies(ObjectName service);

    Optional<TrafficPolicy> trafficPolicy(ObjectName name);

    /** Policies that name this Service, the oldest first. */
    List<AuthorizationPolicy> authorizationPolicies(ObjectName service);

    /** Policies of a namespace that select pods, the oldest first. */
    List<AuthorizationPolicy> podAuthorizationPolicies(String namespace);

    Optional<AuthorizationPolicy> authorizationPolicy(ObjectName name);

    Optional<Gateway> gateway(ObjectName name);

    /** Routes that name this Gateway as a parent, the oldest first. */
    List<HttpRoute> httpRoutes(ObjectName gateway);

    /** Routes that name this Service as a parent, the oldest first. */
    List<HttpRoute> httpRoutesOf(ObjectName service);

    /** Routes that name this Service as a backend, the oldest first. */
    List<HttpRoute> httpRoutesTo(ObjectName service);

    /** What may be referred to in a namespace from others. */
    List<ReferenceGrant> referenceGrants(String namespace);

    /** An HTTPRoute or GRPCRoute. */
    Optional<HttpRoute> httpRoute(ObjectRef route);

    /** What says something of this port, the oldest first. */
    List<ExternalService> externalServices(int port);

    Optional<ExternalService> externalService(ObjectName name);

    /** The ports that are declared with this protocol. */
    SortedSet<Integer> externalPorts(ExternalService.Protocol protocol);
}
