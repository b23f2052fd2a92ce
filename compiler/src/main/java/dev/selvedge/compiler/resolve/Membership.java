// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.model.Identity;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.Pod.Proxy;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.Optional;
import java.util.Set;

/** Which namespaces belong to the mesh, and who the pods in them are. */
public final class Membership {
    /** Never members, whatever a selector says: the cluster and the mesh itself must start without the mesh. */
    private static final Set<String> RESERVED = Set.of("kube-system", "selvedge-system");

    /** What {@link #identity} reads beside the pod. */
    public static final Set<Kind> IDENTITY_FROM = Set.of(Kind.MESH, Kind.NAMESPACE, Kind.GATEWAY);

    private Membership() {}

    /** Whether a namespace belongs to the mesh in force. */
    public static boolean isMember(Reads reads, String namespace) {
        return !RESERVED.contains(namespace)
                && reads.mesh()
                        .flatMap(mesh -> reads.namespace(namespace)
                                .filter(found -> mesh.members().matches(found.labels())))
                        .isPresent();
    }

    /** Who a pod of the mesh is, or a Gateway's pod (whose namespace need not belong to the mesh). */
    public static Optional<Identity> identity(Reads reads, Pod pod) {
        var belongs = isMember(reads, pod.name().namespace())
                || pod.gateway().flatMap(reads::gateway).isPresent();
        return reads.mesh()
                .filter(_ -> belongs)
                .map(Mesh::trustDomains)
                .map(domains -> new Identity(domains, pod.account()));
    }

    /** The identity that the proxy in front of a pod shows to its callers; empty when there is no such proxy. */
    static Optional<Identity> serverIdentity(Reads reads, Pod pod) {
        return switch (pod.proxy()) {
            case Proxy.Sidecar _ -> identity(reads, pod);
            case Proxy.None _, Proxy.GatewayProxy _ -> Optional.empty();
        };
    }
}
