// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.model.DestinationView;
import dev.selvedge.compiler.model.DestinationView.MeshPod;
import dev.selvedge.compiler.model.DestinationView.PassThrough;
import dev.selvedge.compiler.model.DestinationView.Refused;
import dev.selvedge.compiler.model.DestinationView.ServicePort;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.model.SocketAddress;
import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.snapshot.LoadBalancing;
import dev.selvedge.compiler.snapshot.LoadBalancing.Locality;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What stands behind an address that a workload connects to. */
public final class DestinationViews {
    private static final Locality SHARES = new Locality(Locality.Mode.WEIGHTED, List.of(), List.of());

    private DestinationViews() {}

    /**
     * Empty when there is no mesh.
     *
     * @param services the view of a Service
     * @param traffic what its policies say
     */
    public static Optional<DestinationView> resolve(
            Reads reads,
            Function<ObjectName, Optional<ServiceView>> services,
            Function<ObjectName, ServiceTraffic> traffic,
            SocketAddress address) {
        return reads.mesh().map(mesh -> reads.serviceByAddress(address.address())
                .flatMap(service -> services.apply(service.name()))
                .map(service -> servicePort(service, traffic.apply(service.name()), address.port()))
                .or(() -> reads.podByAddress(address.address()).map(pod -> pod(reads, pod, address)))
                .orElseGet(() -> elsewhere(mesh, address.address())));
    }

    private static DestinationView servicePort(ServiceView service, ServiceTraffic traffic, int port) {
        return service.ports().stream()
                .filter(it -> it.port() == port)
                .findFirst()
                .<DestinationView>map(it -> new ServicePort(
                        new ClusterName(service.name(), port, Optional.empty()),
                        it.pools().getFirst(),
                        traffic.connections(port).isEmpty() ? it.upstream() : byShares(it.upstream()),
                        it.origins()))
                .orElseGet(() -> new Refused("Service " + service.name() + " has no port " + port));
    }

    /** The endpoints come in parts with shares, as they come in zones otherwise. */
    private static Upstream byShares(Upstream upstream) {
        var wanted = upstream.loadBalancing();
        return upstream.with(new LoadBalancing(
                wanted.algorithm(), wanted.hash(), wanted.warmup(), wanted.panicPercent(), Optional.of(SHARES)));
    }

    /** A pod without a proxy is a part of the cluster, hence no matter of egress. */
    private static DestinationView pod(Reads reads, Pod pod, SocketAddress address) {
        return Membership.serverIdentity(reads, pod)
                .<DestinationView>map(
                        identity -> new MeshPod(pod.name(), address.address(), address.port(), identity.accepted()))
                .orElseGet(PassThrough::new);
    }

    private static DestinationView elsewhere(Mesh mesh, String address) {
        var ip = Cidr.address(address);
        if (ip.isEmpty()) {
            return new Refused(address + " is not an address");
        }
        if (Meshes.serviceRanges(mesh).stream().anyMatch(range -> range.contains(ip.get()))) {
            return new Refused("no Service has the address " + address);
        }
        return switch (mesh.egress()) {
            case ALLOW -> new PassThrough();
            case DENY -> new Refused("egress is closed by Mesh " + mesh.meta().name() + " (spec.egress.mode: Deny)");
        };
    }
}
