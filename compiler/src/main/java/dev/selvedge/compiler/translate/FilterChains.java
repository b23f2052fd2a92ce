// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.UInt32Value;
import dev.selvedge.compiler.resource.ResourceName;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import java.util.List;

/** Filter chains and what chooses them. */
final class FilterChains {
    /** The protocols that the HTTP inspector tells apart; all are served alike. */
    static final List<String> DETECTED_HTTP = List.of("http/1.0", "http/1.1", "h2c");

    /** Every address; a more specific range of another chain comes first. */
    static final List<String> EVERYWHERE = List.of("0.0.0.0/0", "::/0");

    private FilterChains() {}

    static FilterChain chain(String name, Filter... filters) {
        return FilterChain.newBuilder()
                .setName(name)
                .addAllFilters(List.of(filters))
                .build();
    }

    static FilterChain chain(String name, FilterChainMatch match, List<Filter> filters) {
        return FilterChain.newBuilder()
                .setName(name)
                .setFilterChainMatch(match)
                .addAllFilters(filters)
                .build();
    }

    /** A connection to the proxy's own port would be sent to itself for ever. */
    static FilterChain loopGuard(int port, String direction) {
        return chain(
                "loop-guard",
                FilterChainMatch.newBuilder()
                        .setDestinationPort(UInt32Value.of(port))
                        .build(),
                List.of(TcpProxies.to(ResourceName.BLACKHOLE, direction)));
    }

    /** {@code 10.96.0.0/12} as Envoy has it. */
    static CidrRange range(String cidr) {
        int slash = cidr.indexOf('/');
        return CidrRange.newBuilder()
                .setAddressPrefix(cidr.substring(0, slash))
                .setPrefixLen(UInt32Value.of(Integer.parseInt(cidr.substring(slash + 1))))
                .build();
    }
}
