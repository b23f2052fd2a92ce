// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.BoolValue;
import com.google.protobuf.UInt32Value;
import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.model.ExternalView;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.Mesh;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a pod sends. One listener takes every redirected connection and does not look inside: Envoy runs a listener's
 * inspectors before it hands a connection on, so an inspector here would delay every server that speaks first. It
 * hands the connection to the listener of its exact address (a declared opaque port), else to the listener of its port
 * (some Service speaks HTTP there), else passes it on as TCP: outside of the cluster to one cluster for all addresses,
 * inside to a cluster by the address. The last two are the same for all addresses, and adding
 * one disturbs no other.
 */
final class OutboundListeners {
    private OutboundListeners() {}

    /**
     * Declared addresses are looked for by port and address; at their ports everything else must be said once more, since
     * Envoy takes the chains of the port alone once there are any.
     *
     * @param inside where pods and Services can be
     * @param declared ports at which addresses are declared
     */
    static Listener entry(Mesh.EgressMode egress, List<Cidr> inside, List<ExternalView> declared) {
        var listener = listener(ResourceName.OUTBOUND)
                .setAddress(Addresses.any(ProxyPorts.OUTBOUND))
                .addListenerFilters(ListenerFilters.originalDestination())
                .setUseOriginalDst(BoolValue.of(true))
                .addFilterChains(FilterChains.loopGuard(ProxyPorts.OUTBOUND, "outbound"))
                .addAllFilterChains(undeclared(egress, inside, List.of(), Optional.empty()))
                .setDefaultFilterChain(tcp());
        for (var view : declared) {
            var port = Optional.of(view.port());
            ExternalChains.tcp(view, inside, port).forEach(listener::addFilterChains);
            listener.addAllFilterChains(undeclared(egress, inside, view.tcp(), port));
        }
        return listener.build();
    }

    /**
     * HTTP is detected; to a Service it is routed, to the outside where somebody declares hosts, and everything else is
     * TCP. TLS is detected in every case: inspectors that came and went with what is declared would replace the whole
     * listener, and end its connections.
     */
    static Listener port(Mesh mesh, List<Cidr> inside, ExternalView declared) {
        var listener = listener(ResourceName.portListener(declared.port()))
                .setAddress(Addresses.any(declared.port()))
                .setBindToPort(BoolValue.of(false))
                .addListenerFilters(ListenerFilters.tlsInspector())
                .addListenerFilters(ListenerFilters.httpInspector())
                .addAllFilterChains(
                        undeclared(mesh.egress(), withoutServices(inside, mesh), declared.tcp(), Optional.empty()))
                .setDefaultFilterChain(tcp());
        ExternalChains.tcp(declared, inside, Optional.empty()).forEach(listener::addFilterChains);
        ExternalChains.tls(declared).forEach(listener::addFilterChains);
        ExternalChains.http(declared).forEach(listener::addFilterChains);
        ListenerFilters.detect(listener);
        if (!mesh.serviceCidrs().isEmpty()) {
            listener.addFilterChains(http(mesh.serviceCidrs()));
        }
        return listener.build();
    }

    /** Not inspected. */
    static Listener opaque(String ip, ServiceView.Port service) {
        int port = service.port();
        var lifetime = service.upstream().connections().lifetime();
        return listener(ResourceName.opaqueListener(ip, port))
                .setAddress(Addresses.of(ip, port))
                .setBindToPort(BoolValue.of(false))
                .addFilterChains(FilterChains.chain(
                        "opaque",
                        TcpProxies.onDemand(ResourceName.tcpCluster(ip, port), service.idleTimeout(), lifetime)))
                .build();
    }

    private static Listener.Builder listener(String name) {
        return Listener.newBuilder().setName(name).setTrafficDirection(TrafficDirection.OUTBOUND);
    }

    private static FilterChain http(List<String> serviceCidrs) {
        var match = FilterChainMatch.newBuilder()
                .setTransportProtocol("raw_buffer")
                .addAllApplicationProtocols(FilterChains.DETECTED_HTTP);
        serviceCidrs.stream().sorted().map(FilterChains::range).forEach(match::addPrefixRanges);
        return FilterChains.chain("http", match.build(), List.of(HttpConnectionManagers.outbound()));
    }

    /** In the ranges of Services the default chain takes what is not HTTP. */
    private static List<Cidr> withoutServices(List<Cidr> inside, Mesh mesh) {
        var services = mesh.serviceCidrs().stream()
                .map(Cidr::parse)
                .flatMap(Optional::stream)
                .toList();
        return inside.stream().filter(range -> !services.contains(range)).toList();
    }

    /**
     * One cluster for all addresses outside of the cluster, one for each inside. The most specific range of an address
     * decides.
     *
     * @param declared ranges that have chains of their own; no range may be in two
     * @param port that the chains are for; empty for those that are for every port
     */
    private static List<FilterChain> undeclared(
            Mesh.EgressMode egress, List<Cidr> inside, List<Cidr> declared, Optional<Integer> port) {
        var cluster =
                switch (egress) {
                    case ALLOW -> ResourceName.PASSTHROUGH;
                    case DENY -> ResourceName.BLACKHOLE;
                };
        var pods = inside.stream()
                .filter(range -> !declared.contains(range))
                .map(Cidr::toString)
                .toList();
        var rest = FilterChains.EVERYWHERE.stream()
                .filter(range -> Cidr.parse(range).stream().noneMatch(declared::contains))
                .toList();
        return Stream.of(
                        chain("inside", pods, port, tcp().getFiltersList()),
                        chain("outside", rest, port, List.of(TcpProxies.to(cluster, "outbound"))))
                .flatMap(Optional::stream)
                .toList();
    }

    private static Optional<FilterChain> chain(
            String name, List<String> ranges, Optional<Integer> port, List<Filter> filters) {
        var match = FilterChainMatch.newBuilder();
        ranges.forEach(range -> match.addPrefixRanges(FilterChains.range(range)));
        port.map(UInt32Value::of).ifPresent(match::setDestinationPort);
        return ranges.isEmpty()
                ? Optional.empty()
                : Optional.of(FilterChains.chain(
                        port.map(number -> name + "|" + number).orElse(name), match.build(), filters));
    }

    private static FilterChain tcp() {
        return FilterChains.chain(
                "tcp",
                TcpProxies.clusterByDestination(ResourceName.TCP),
                TcpProxies.onDemand(ResourceName.BLACKHOLE, Optional.empty(), Optional.empty()));
    }
}
