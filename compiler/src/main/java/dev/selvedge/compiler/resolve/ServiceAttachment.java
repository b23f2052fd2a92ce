// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.HttpRoute.Parent;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Why a route does not attach to a Service that it names as its parent. */
final class ServiceAttachment {
    private ServiceAttachment() {}

    static Optional<Attachment.Refused> refusal(
            Reads reads, Function<ObjectName, ServiceTraffic> traffic, HttpRoute route, Parent.ToService parent) {
        var name = parent.name();
        var namespace = route.meta().name().namespace();
        if (!Membership.isMember(reads, namespace)) {
            return refused(Reason.NOT_A_MEMBER, "namespace " + namespace + " does not belong to the mesh");
        }
        var service = reads.service(name);
        if (service.isEmpty()) {
            return refused(Reason.NO_MATCHING_PARENT, "there is no such Service");
        }
        if (service.get().clusterIps().isEmpty()) {
            return refused(
                    Reason.UNSUPPORTED_VALUE,
                    "it has no address of its own; use a Service with one as the parent, headless ones as backends");
        }
        var named = service.get().ports().stream()
                .filter(port -> parent.port().stream().allMatch(given -> given == port.port()))
                .toList();
        if (named.isEmpty()) {
            return refused(
                    Reason.NO_MATCHING_PARENT,
                    "it has no port " + parent.port().map(Object::toString).orElse("at all"));
        }
        var routed = named.stream()
                .filter(port -> ServiceRoutes.isRouted(traffic.apply(name), port))
                .toList();
        if (routed.isEmpty()) {
            return refused(
                    Reason.UNSUPPORTED_VALUE,
                    "its port is passed through without inspection; declare appProtocol http, or grpc, if it speaks that");
        }
        return yielding(reads, service.get(), routed, route);
    }

    private static Optional<Attachment.Refused> yielding(
            Reads reads, Service service, List<Service.Port> ports, HttpRoute route) {
        var holds = ports.stream()
                .map(port -> ServiceRoutes.of(reads, service, port))
                .anyMatch(routes -> routes.producer().contains(route)
                        || routes.consumers().values().stream().anyMatch(group -> group.contains(route)));
        return holds || route.kind() == Kind.GRPC_ROUTE
                ? Optional.empty()
                : refused(
                        Reason.CONFLICTED,
                        "GRPCRoutes of the same namespace are attached to the same ports, and they win");
    }

    private static Optional<Attachment.Refused> refused(Reason reason, String message) {
        return Optional.of(new Attachment.Refused(reason, message));
    }
}
