// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.policy.authorization.AuthorizationFilters;
import dev.selvedge.compiler.resource.ResourceName;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.util.ArrayList;
import java.util.List;

/**
 * What a pod receives. mTLS is told by the protocol that only our proxies offer; under {@code Strict} nothing else is
 * taken. The listener filters are the same in both modes, so that a change of mode touches the chains alone and open
 * connections of unchanged chains go on.
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
                .addFilterChains(mtls(
                        "mtls-http", ProxyPorts.ALPN_HTTP, List.of(HttpConnectionManagers.inbound(workload, true))))
                .addFilterChains(mtls("mtls-tcp", ProxyPorts.ALPN_TCP, tcp(workload, true)));
        ListenerFilters.detect(listener);
        switch (workload.mtls()) {
            case STRICT -> {}
            case PERMISSIVE -> listener.addAllFilterChains(plaintext(workload));
        }
        return listener.build();
    }

    private static FilterChain mtls(String name, String alpn, List<Filter> filters) {
        var match = FilterChainMatch.newBuilder().setTransportProtocol("tls").addApplicationProtocols(alpn);
        return FilterChains.chain(name, match.build(), filters).toBuilder()
                .setTransportSocket(TlsContexts.server())
                .build();
    }

    /** Callers without an identity: HTTP, other plaintext, and TLS that the application itself ends. */
    private static List<FilterChain> plaintext(WorkloadView workload) {
        var http = FilterChainMatch.newBuilder()
                .setTransportProtocol("raw_buffer")
                .addAllApplicationProtocols(FilterChains.DETECTED_HTTP);
        var raw = FilterChainMatch.newBuilder().setTransportProtocol("raw_buffer");
        var tls = FilterChainMatch.newBuilder().setTransportProtocol("tls");
        return List.of(
                FilterChains.chain(
                        "plaintext-http", http.build(), List.of(HttpConnectionManagers.inbound(workload, false))),
                FilterChains.chain("plaintext-tcp", raw.build(), tcp(workload, false)),
                FilterChains.chain("application-tls", tls.build(), tcp(workload, false)));
    }

    private static List<Filter> tcp(WorkloadView workload, boolean identified) {
        var filters = new ArrayList<>(AuthorizationFilters.network(workload, identified));
        filters.add(TcpProxies.to(ResourceName.INBOUND, DIRECTION));
        return filters;
    }
}
