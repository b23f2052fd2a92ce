// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.policy.authorization.AuthorizationFilters;
import dev.selvedge.compiler.policy.authorization.ConnectionRules;
import dev.selvedge.compiler.resource.ResourceName;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a pod receives. mTLS is told by the protocol that only our proxies offer; under {@code Strict} nothing else is
 * taken. The listener filters are the same in both modes, so that a change of mode touches the chains alone and open
 * connections of unchanged chains go on. The chains for HTTP never change with the rules, which come with the routes;
 * those for TCP do, and Envoy ends the connections of a chain that changed when the proxy's time to drain is over.
 */
final class InboundListener {
    private static final String DIRECTION = "inbound";

    private InboundListener() {}

    static Listener of(WorkloadView workload) {
        var listener = Listener.newBuilder()
                .setName(ResourceName.INBOUND)
                .setTrafficDirection(TrafficDirection.INBOUND)
                .setAddress(Addresses.any(ProxyPorts.INBOUND))
                .addListenerFilters(ListenerFilters.originalDestination())
                .addListenerFilters(ListenerFilters.tlsInspector())
                .addListenerFilters(ListenerFilters.httpInspector())
                .addFilterChains(FilterChains.loopGuard(ProxyPorts.INBOUND, DIRECTION))
                .addFilterChains(FilterChains.chain(
                                "mtls-http",
                                mtls(ProxyPorts.ALPN_HTTP),
                                List.of(HttpConnectionManagers.inbound(true, workload)))
                        .toBuilder()
                        .setTransportSocket(TlsContexts.server()))
                .addAllFilterChains(tcp("mtls-tcp", mtls(ProxyPorts.ALPN_TCP), workload, true));
        ListenerFilters.detect(listener);
        switch (workload.mtls()) {
            case STRICT -> {}
            case PERMISSIVE -> listener.addAllFilterChains(plaintext(workload));
        }
        return listener.build();
    }

    private static FilterChainMatch mtls(String alpn) {
        return FilterChainMatch.newBuilder()
                .setTransportProtocol("tls")
                .addApplicationProtocols(alpn)
                .build();
    }

    /** Callers without an identity: HTTP, other plaintext, and TLS that the application itself ends. */
    private static List<FilterChain> plaintext(WorkloadView workload) {
        var http = FilterChainMatch.newBuilder()
                .setTransportProtocol("raw_buffer")
                .addAllApplicationProtocols(FilterChains.DETECTED_HTTP);
        var raw = FilterChainMatch.newBuilder().setTransportProtocol("raw_buffer");
        var tls = FilterChainMatch.newBuilder().setTransportProtocol("tls");
        var chains = new ArrayList<FilterChain>();
        chains.add(FilterChains.chain(
                "plaintext-http", http.build(), List.of(HttpConnectionManagers.inbound(false, workload))));
        chains.addAll(tcp("plaintext-tcp", raw.build(), workload, false));
        chains.addAll(tcp("application-tls", tls.build(), workload, false));
        return chains;
    }

    /** One chain, and one more for each range of addresses that a rule names. */
    private static List<FilterChain> tcp(
            String name, FilterChainMatch match, WorkloadView workload, boolean identified) {
        var rules = ConnectionRules.of(workload, identified);
        var chains = new ArrayList<FilterChain>();
        chains.add(tcp(name, match, workload, identified, rules.steps(Optional.empty())));
        for (var source : rules.sources()) {
            var fromThere = match.toBuilder()
                    .addDirectSourcePrefixRanges(FilterChains.range(source.toString()))
                    .build();
            chains.add(
                    tcp(name + " from " + source, fromThere, workload, identified, rules.steps(Optional.of(source))));
        }
        return chains;
    }

    private static FilterChain tcp(
            String name, FilterChainMatch match, WorkloadView workload, boolean identified, List<String> steps) {
        var filters = new ArrayList<>(AuthorizationFilters.network(workload, identified));
        if (steps.isEmpty()) {
            filters.add(TcpProxies.to(ResourceName.INBOUND, DIRECTION));
        } else if (identified) {
            filters.add(ConnectionGates.afterTlsHandshake(steps));
            filters.add(TcpProxies.afterTlsHandshake(ResourceName.INBOUND, DIRECTION));
        } else {
            filters.add(ConnectionGates.atOnce(steps));
            filters.add(TcpProxies.to(ResourceName.INBOUND, DIRECTION));
        }
        var chain = FilterChains.chain(name, match, filters);
        return identified
                ? chain.toBuilder().setTransportSocket(TlsContexts.server()).build()
                : chain;
    }
}
