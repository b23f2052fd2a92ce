// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.BoolValue;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.resource.ResourceName;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a pod sends. One listener takes every redirected connection and does not look inside: Envoy runs a listener's
 * inspectors before it hands a connection on, so an inspector here would delay every server that speaks first. It
 * hands the connection to the listener of its exact address (a declared opaque port), else to the listener of its port
 * (some Service speaks HTTP there), else passes it on as TCP. The last two are the same for all addresses, and adding
 * one disturbs no other.
 */
final class OutboundListeners {
    private OutboundListeners() {}

    static Listener entry() {
        return listener(ResourceName.OUTBOUND)
                .setAddress(Addresses.any(ProxyPorts.OUTBOUND))
                .addListenerFilters(ListenerFilters.originalDestination())
                .setUseOriginalDst(BoolValue.of(true))
                .addFilterChains(FilterChains.loopGuard(ProxyPorts.OUTBOUND, "outbound"))
                .setDefaultFilterChain(tcp())
                .build();
    }

    /** HTTP is detected; to a Service it is routed, and everything else is TCP. */
    static Listener port(int port, List<String> serviceCidrs) {
        var listener = listener(ResourceName.portListener(port))
                .setAddress(Addresses.any(port))
                .setBindToPort(BoolValue.of(false))
                .addListenerFilters(ListenerFilters.httpInspector())
                .setDefaultFilterChain(tcp());
        ListenerFilters.detect(listener);
        if (!serviceCidrs.isEmpty()) {
            listener.addFilterChains(http(serviceCidrs));
        }
        return listener.build();
    }

    /** Not inspected. */
    static Listener opaque(String ip, int port, Optional<Duration> idleTimeout) {
        return listener(ResourceName.opaqueListener(ip, port))
                .setAddress(Addresses.of(ip, port))
                .setBindToPort(BoolValue.of(false))
                .addFilterChains(FilterChains.chain(
                        "opaque", TcpProxies.onDemand(ResourceName.tcpCluster(ip, port), idleTimeout)))
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

    private static FilterChain tcp() {
        return FilterChains.chain(
                "tcp",
                TcpProxies.clusterByDestination(),
                TcpProxies.onDemand(ResourceName.BLACKHOLE, Optional.empty()));
    }
}
