// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.model.ExternalView;
import dev.selvedge.compiler.resolve.ExternalServices.Decision;
import dev.selvedge.compiler.snapshot.ExternalService;
import dev.selvedge.compiler.snapshot.ExternalService.Protocol;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What all namespaces together declare at one port. */
public final class ExternalViews {
    /** The text of a range is unique to it. */
    private static final Comparator<Cidr> BY_TEXT = Comparator.comparing(Cidr::toString);

    private ExternalViews() {}

    /**
     * Ranges within those of Services are left out: what is there is decided by the Services.
     *
     * @param inside where pods and Services can be
     */
    public static ExternalView at(Reads reads, List<Cidr> inside, int port) {
        var services = reads.mesh().map(Meshes::serviceRanges).orElse(List.of());
        var tls = ExternalServices.inForce(reads, Protocol.TLS, port).toList();
        var http = ExternalServices.inForce(reads, Protocol.HTTP, port).toList();
        // While egress is open, every address is passed through, declared or not.
        var tcp = isClosed(reads)
                ? ExternalServices.inForce(reads, Protocol.TCP, port).toList()
                : List.<Decision>of();
        var hosts = new TreeMap<String, SortedSet<Cidr>>(Hostnames.MOST_SPECIFIC_FIRST);
        for (var decision : tls) {
            var ranges = usable(decision.service(), services)
                    .filter(range -> inside.stream().anyMatch(it -> it.contains(range)))
                    .toList();
            decision.service().hosts().forEach(host -> hosts.computeIfAbsent(host, _ -> new TreeSet<>(BY_TEXT))
                    .addAll(ranges));
        }
        var passed = new TreeSet<>(BY_TEXT);
        tcp.forEach(decision -> usable(decision.service(), services).forEach(passed::add));
        return new ExternalView(
                port,
                hosts.entrySet().stream()
                        .map(host -> new ExternalView.TlsHost(host.getKey(), List.copyOf(host.getValue())))
                        .toList(),
                !http.isEmpty(),
                List.copyOf(passed),
                origins(Stream.concat(tls.stream(), http.stream())),
                origins(tcp.stream()));
    }

    private static boolean isClosed(Reads reads) {
        return reads.mesh().map(Mesh::egress).stream().anyMatch(egress -> egress == Mesh.EgressMode.DENY);
    }

    private static Stream<Cidr> usable(ExternalService service, List<Cidr> services) {
        return ExternalServices.ranges(service)
                .filter(range -> services.stream().noneMatch(it -> it.contains(range)));
    }

    private static SortedSet<Origin> origins(Stream<Decision> decisions) {
        var origins = new TreeSet<Origin>();
        decisions.forEach(decision -> origins.add(origin(decision.service())));
        return origins;
    }

    /** The object in its generation. */
    public static Origin origin(ExternalService service) {
        return new Origin(service.ref(), service.meta().generation());
    }
}
