// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.model.DnsName;
import dev.selvedge.compiler.policy.Validation;
import dev.selvedge.compiler.snapshot.ExternalService;
import dev.selvedge.compiler.snapshot.ExternalService.Port;
import dev.selvedge.compiler.snapshot.ExternalService.Protocol;
import dev.selvedge.compiler.snapshot.Meta;
import dev.selvedge.compiler.snapshot.Reads;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Which ExternalService decides about a host or an address, for the workloads of one namespace. */
public final class ExternalServices {
    private ExternalServices() {}

    /** What decides, and what it says of the port. */
    public record Decision(ExternalService service, Port port) {}

    /** A host and what decides about it. */
    public record Host(String name, Decision decision) {}

    /** What speaks of the port and can be used, the oldest first. */
    static Stream<Decision> inForce(Reads reads, Protocol protocol, int port) {
        return reads.externalServices(port).stream()
                .filter(service -> isInForce(reads, service))
                .flatMap(service -> service
                        .port(port)
                        .filter(found -> found.protocol() == protocol)
                        .map(found -> new Decision(service, found))
                        .stream());
    }

    static boolean isInForce(Reads reads, ExternalService service) {
        return Membership.isMember(reads, service.meta().name().namespace())
                && Validation.check(service).isEmpty();
    }

    /** Its own namespace's word counts more than a stranger's; then the oldest wins. */
    static Comparator<ExternalService> precedence(String namespace) {
        return Comparator.<ExternalService, Boolean>comparing(
                        service -> !service.meta().name().namespace().equals(namespace))
                .thenComparing((a, b) -> Meta.byAge(a.meta(), b.meta()));
    }

    /** Who decides about a host: the most specific name, then precedence. */
    public static Optional<Decision> host(Reads reads, String namespace, Protocol protocol, String host, int port) {
        var visible = visible(reads, namespace, protocol, port);
        return visible.stream()
                .flatMap(decision -> decision.service().hosts().stream()
                        .filter(name -> name.equals(host) || DnsName.covers(name, host)))
                .min(Hostnames.MOST_SPECIFIC_FIRST)
                .flatMap(name -> visible.stream()
                        .filter(decision -> decision.service().hosts().contains(name))
                        .findFirst());
    }

    /** The hosts that are called with HTTP at a port, by name. */
    public static List<Host> httpHosts(Reads reads, String namespace, int port) {
        var visible = visible(reads, namespace, Protocol.HTTP, port);
        var names = new TreeSet<String>();
        visible.forEach(decision -> names.addAll(decision.service().hosts()));
        return names.stream()
                .map(name -> new Host(
                        name,
                        visible.stream()
                                .filter(decision -> decision.service().hosts().contains(name))
                                .findFirst()
                                .orElseThrow()))
                .toList();
    }

    /** Whether the addresses of a range may be called at a port. */
    public static Optional<Decision> range(Reads reads, String namespace, Cidr range, int port) {
        return visible(reads, namespace, Protocol.TCP, port).stream()
                .filter(decision -> ranges(decision.service()).anyMatch(declared -> declared.contains(range)))
                .findFirst();
    }

    /** Whether an address may be called at a port; never one that only a Service can have. */
    public static Optional<Decision> address(Reads reads, String namespace, InetAddress address, int port) {
        if (reads.mesh().map(Meshes::serviceRanges).orElse(List.of()).stream()
                .anyMatch(range -> range.contains(address))) {
            return Optional.empty();
        }
        return visible(reads, namespace, Protocol.TCP, port).stream()
                .filter(decision -> ranges(decision.service()).anyMatch(declared -> declared.contains(address)))
                .findFirst();
    }

    static Stream<Cidr> ranges(ExternalService service) {
        return service.addresses().stream().flatMap(range -> Cidr.parse(range).stream());
    }

    private static List<Decision> visible(Reads reads, String namespace, Protocol protocol, int port) {
        return inForce(reads, protocol, port)
                .filter(decision -> decision.service().isVisibleTo(namespace))
                .sorted(Comparator.comparing(Decision::service, precedence(namespace)))
                .toList();
    }
}
