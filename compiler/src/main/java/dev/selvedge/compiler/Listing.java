// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import dev.selvedge.compiler.incremental.Query;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.SocketAddress;
import dev.selvedge.compiler.resolve.ServiceAddresses;
import dev.selvedge.compiler.resource.Context;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.ExternalService.Protocol;
import dev.selvedge.compiler.snapshot.ObjectName;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What a wildcard subscription expands to.
 *
 * @param audience {@code Shared} for every sidecar, {@code OfGateway} for the proxies of a Gateway
 */
record Listing(ResourceType type, Context audience) implements Query<SortedSet<String>> {
    static final List<String> STATIC_CLUSTERS =
            List.of(ResourceName.PASSTHROUGH, ResourceName.BLACKHOLE, ResourceName.INBOUND, ResourceName.INBOUND_HTTP1);

    @Override
    public SortedSet<String> compute(Computation computation) {
        var names = new TreeSet<String>();
        if (computation.reads().mesh().isPresent()) {
            switch (audience) {
                case Context.Shared() -> ofSidecars(computation, names::add);
                case Context.OfGateway(var gateway) -> ofGateway(computation, gateway, names::add);
                case Context.InZone _, Context.OfNamespace _, Context.Workload _, Context.OfClients _ -> {}
            }
        }
        return Collections.unmodifiableSortedSet(names);
    }

    private void ofSidecars(Computation computation, Consumer<String> names) {
        switch (type) {
            case CLUSTER -> STATIC_CLUSTERS.forEach(names);
            case LISTENER -> {
                names.accept(ResourceName.OUTBOUND);
                names.accept(ResourceName.INBOUND);
                services(computation, names);
                outside(computation, names);
            }
            case SCOPE -> services(computation, names);
            case ENDPOINTS, ROUTE, SECRET -> {}
        }
    }

    private void services(Computation computation, Consumer<String> names) {
        for (var service : computation.reads().serviceNames()) {
            computation.get(new Names(type, service)).forEach(names);
        }
    }

    /** Ports at which the client's first bytes tell which host outside is called. */
    private void outside(Computation computation, Consumer<String> names) {
        Stream.of(Protocol.HTTP, Protocol.TLS)
                .flatMap(protocol -> computation.reads().externalPorts(protocol).stream())
                .filter(port -> !ProxyPorts.isReserved(port))
                .filter(port -> computation.get(new Queries.External(port)).isInspected())
                .map(ResourceName::portListener)
                .forEach(names);
    }

    private void ofGateway(Computation computation, ObjectName gateway, Consumer<String> names) {
        switch (type) {
            case CLUSTER -> STATIC_CLUSTERS.forEach(names);
            case LISTENER ->
                computation.get(new Queries.OfGateway(gateway)).stream()
                        .flatMap(view -> view.ports().stream())
                        .map(port -> ResourceName.gatewayListener(port.port()))
                        .forEach(names);
            case ENDPOINTS, ROUTE, SCOPE, SECRET -> {}
        }
    }

    /** The names that a Service adds to the listing of every sidecar. */
    record Names(ResourceType type, ObjectName service) implements Query<List<String>> {
        @Override
        public List<String> compute(Computation computation) {
            var entries = computation.get(new Queries.Addresses(service)).entries();
            return switch (type) {
                case LISTENER ->
                    entries.stream()
                            .filter(entry -> !entry.routed()
                                    || !ProxyPorts.isReserved(entry.address().port()))
                            .map(entry -> entry.routed() ? listener(entry.address()) : opaque(entry.address()))
                            .distinct()
                            .toList();
                case SCOPE ->
                    entries.stream()
                            .filter(ServiceAddresses.Entry::routed)
                            .map(entry -> entry.address().toString())
                            .toList();
                case CLUSTER, ENDPOINTS, ROUTE, SECRET -> List.of();
            };
        }

        private static String listener(SocketAddress address) {
            return ResourceName.portListener(address.port());
        }

        private static String opaque(SocketAddress address) {
            return ResourceName.opaqueListener(address.address(), address.port());
        }
    }
}
