// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.incremental.Query.Computation;
import dev.selvedge.compiler.model.DestinationView;
import dev.selvedge.compiler.model.ExternalView;
import dev.selvedge.compiler.model.SocketAddress;
import dev.selvedge.compiler.resolve.ExternalServices;
import dev.selvedge.compiler.resolve.ExternalServices.Decision;
import dev.selvedge.compiler.resolve.ExternalViews;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.ExternalService.Protocol;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.translate.Encoded;
import dev.selvedge.compiler.translate.Translate;
import java.net.InetAddress;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a name in a listener for what is declared outside of the cluster stands for, for the workloads of one namespace.
 * A name that is not for them is treated as if nobody had declared it.
 */
final class ExternalResources {
    private ExternalResources() {}

    /** @param origins the objects that shaped it */
    record Shaped(Encoded encoded, SortedSet<Origin> origins) {}

    /** The ports at which ranges are declared. */
    static List<ExternalView> ranges(Computation computation) {
        return computation.reads().externalPorts(Protocol.TCP).stream()
                .map(port -> computation.get(new Queries.External(port)))
                .filter(view -> !view.tcp().isEmpty())
                .toList();
    }

    /** The routes to declared hosts at a port. */
    static Optional<Shaped> route(Computation computation, Mesh mesh, String namespace, String name) {
        return port(name).map(port -> {
            var hosts = ExternalServices.httpHosts(computation.reads(), namespace, port);
            var origins =
                    new TreeSet<>(List.of(new Origin(mesh.ref(), mesh.meta().generation())));
            hosts.forEach(
                    host -> origins.add(ExternalViews.origin(host.decision().service())));
            var names = hosts.stream().map(ExternalServices.Host::name).toList();
            return new Shaped(Translate.externalRoutes(port, namespace, names, mesh), origins);
        });
    }

    private static Optional<Integer> port(String name) {
        var text = name.substring(ResourceName.EXTERNAL.length());
        return text.matches("[0-9]{1,5}") ? Optional.of(Integer.parseInt(text)) : Optional.empty();
    }

    /** The cluster of a declared host, range or address. */
    static Optional<Shaped> cluster(Computation computation, Mesh mesh, String namespace, String name) {
        return ExternalCluster.parse(name).map(parsed -> switch (parsed) {
            case ExternalCluster.Tls(var host, var port) ->
                ExternalServices.host(computation.reads(), namespace, Protocol.TLS, host, port)
                        .map(decision -> shaped(Translate.externalTls(name, host, port), decision))
                        .orElseGet(() -> undeclared(name, mesh));
            case ExternalCluster.Http(var host, var port) ->
                ExternalServices.host(computation.reads(), namespace, Protocol.HTTP, host, port)
                        .map(decision -> shaped(
                                Translate.externalHttp(
                                        name, host, port, decision.port().originate()),
                                decision))
                        .orElseGet(() -> undeclared(name, mesh));
            case ExternalCluster.Range(var range, var port) ->
                ExternalServices.range(computation.reads(), namespace, range, port)
                        .map(decision ->
                                shaped(Translate.tcpCluster(name, new DestinationView.PassThrough()), decision))
                        .orElseGet(() -> undeclared(name, mesh));
            case ExternalCluster.Address(var address) -> address(computation, namespace, name, address);
        });
    }

    /** A pod or a Service with that address comes before what anybody declares. */
    private static Shaped address(Computation computation, String namespace, String name, SocketAddress address) {
        var known = computation.get(new Queries.Destination(address));
        var declared = known.filter(DestinationView.Refused.class::isInstance)
                .flatMap(_ -> ExternalServices.address(
                        computation.reads(), namespace, InetAddress.ofLiteral(address.address()), address.port()));
        return declared.map(decision -> shaped(Translate.tcpCluster(name, new DestinationView.PassThrough()), decision))
                .orElseGet(() -> new Shaped(
                        Translate.tcpCluster(name, known.orElseThrow()),
                        known.orElseThrow() instanceof DestinationView.ServicePort service
                                ? service.origins()
                                : Collections.emptySortedSet()));
    }

    private static Shaped shaped(Encoded encoded, Decision decision) {
        return new Shaped(encoded, new TreeSet<>(List.of(ExternalViews.origin(decision.service()))));
    }

    private static Shaped undeclared(String name, Mesh mesh) {
        var destination =
                switch (mesh.egress()) {
                    case ALLOW -> new DestinationView.PassThrough();
                    case DENY ->
                        new DestinationView.Refused(
                                "egress is closed by Mesh " + mesh.meta().name());
                };
        return new Shaped(
                Translate.tcpCluster(name, destination),
                new TreeSet<>(List.of(new Origin(mesh.ref(), mesh.meta().generation()))));
    }
}
