// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.BoolValue;
import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.Mesh;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.util.List;
import java.util.Optional;

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

    /** @param inside where pods and Services can be */
    static Listener entry(Mesh.EgressMode egress, List<Cidr> inside) {
        return listener(ResourceName.OUTBOUND)
                .setAddress(Addresses.any(ProxyPorts.OUTBOUND))
                .addListenerFilters(ListenerFilters.originalDestination())
                .setUseOriginalDst(BoolValue.of(true))
                .addFilterChains(FilterChains.loopGuard(ProxyPorts.OUTBOUND, "outbound"))
                .addFilterChains(tcp("inside", inside))
                .addFilterChains(outside(egress))
                .setDefaultFilterChain(tcp())
                .build();
    }

    /** HTTP is detected; to a Service it is routed, and everything else is TCP. */
    static Listener port(int port, Mesh mesh, List<Cidr> inside) {
        var listener = listener(ResourceName.portListener(port))
                .setAddress(Addresses.any(port))
                .setBindToPort(BoolValue.of(false))
                .addListenerFilters(ListenerFilters.httpInspector())
                .addFilterChains(tcp("inside", withoutServices(inside, mesh)))
                .addFilterChains(outside(mesh.egress()))
                .setDefaultFilterChain(tcp());
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
        var match = FilterChainMatch.newBuilder().addAllApplicationProtocols(FilterChains.DETECTED_HTTP);
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

    /** One cluster for all addresses outside of the cluster, where the most specific range of an address decides. */
    private static FilterChain outside(Mesh.EgressMode egress) {
        var everywhere = FilterChainMatch.newBuilder()
                .addPrefixRanges(FilterChains.range("0.0.0.0/0"))
                .addPrefixRanges(FilterChains.range("::/0"));
        var cluster =
                switch (egress) {
                    case ALLOW -> ResourceName.PASSTHROUGH;
                    case DENY -> ResourceName.BLACKHOLE;
                };
        return FilterChains.chain("outside", everywhere.build(), List.of(TcpProxies.to(cluster, "outbound")));
    }

    private static FilterChain tcp(String name, List<Cidr> ranges) {
        var match = FilterChainMatch.newBuilder();
        ranges.forEach(range -> match.addPrefixRanges(FilterChains.range(range.toString())));
        return FilterChains.chain(name, match.build(), tcp().getFiltersList());
    }

    private static FilterChain tcp() {
        return FilterChains.chain(
                "tcp",
                TcpProxies.clusterByDestination(),
                TcpProxies.onDemand(ResourceName.BLACKHOLE, Optional.empty(), Optional.empty()));
    }
}
