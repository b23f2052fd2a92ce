// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.UInt32Value;
import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.model.DnsName;
import dev.selvedge.compiler.model.ExternalView;
import dev.selvedge.compiler.resource.ResourceName;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Connections to what is declared outside of the cluster. Each host and each range has a chain of its own: Envoy keeps
 * the connections of chains that a new version of the listener has unchanged, so nobody's edit disturbs anybody else.
 */
final class ExternalChains {
    private ExternalChains() {}

    /** TLS of the application's own: to the host that it names, wherever it connected to. */
    static Stream<FilterChain> tls(ExternalView view) {
        return view.tls().stream().map(host -> {
            var match = outside().setTransportProtocol("tls").addServerNames(host.host());
            host.addresses().forEach(range -> match.addPrefixRanges(FilterChains.range(range.toString())));
            return FilterChains.chain("tls|" + host.host(), match.build(), toHost(host.host(), view.port()));
        });
    }

    private static List<Filter> toHost(String host, int port) {
        return DnsName.isWildcard(host)
                ? List.of(
                        TcpProxies.clusterNamed(ResourceName.externalTlsOfClient(port)),
                        onDemand(ResourceName.BLACKHOLE))
                : List.of(onDemand(ResourceName.externalTls(host, port)));
    }

    /** Requests to hosts outside: the Host header decides, wherever the client connected to. */
    static Stream<FilterChain> http(ExternalView view) {
        return view.http()
                ? Stream.of(FilterChains.chain(
                        "external-http",
                        outside()
                                .setTransportProtocol("raw_buffer")
                                .addAllApplicationProtocols(FilterChains.DETECTED_HTTP)
                                .build(),
                        List.of(HttpConnectionManagers.external(view.port()))))
                : Stream.empty();
    }

    /**
     * Addresses that are called as they are. Where a pod or a Service could be, the compiler is asked about each
     * address, so that no range takes a pod's connections from it.
     *
     * @param inside where pods and Services can be
     * @param port that a chain is for; empty in a listener that is for one port
     */
    static Stream<FilterChain> tcp(ExternalView view, List<Cidr> inside, Optional<Integer> port) {
        return view.tcp().stream().map(range -> {
            var match = FilterChainMatch.newBuilder().addPrefixRanges(FilterChains.range(range.toString()));
            port.map(UInt32Value::of).ifPresent(match::setDestinationPort);
            return FilterChains.chain("tcp|" + range + "|" + view.port(), match.build(), toRange(range, view, inside));
        });
    }

    private static List<Filter> toRange(Cidr range, ExternalView view, List<Cidr> inside) {
        return inside.stream().anyMatch(it -> it.contains(range))
                ? List.of(TcpProxies.clusterByDestination(ResourceName.EXTERNAL_TCP), onDemand(ResourceName.BLACKHOLE))
                : List.of(onDemand(ResourceName.externalRange(range.toString(), view.port())));
    }

    private static Filter onDemand(String cluster) {
        return TcpProxies.onDemand(cluster, Optional.empty(), Optional.empty());
    }

    private static FilterChainMatch.Builder outside() {
        var match = FilterChainMatch.newBuilder();
        FilterChains.EVERYWHERE.forEach(range -> match.addPrefixRanges(FilterChains.range(range)));
        return match;
    }
}
