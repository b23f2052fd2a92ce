// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import dev.selvedge.compiler.model.ProxyPorts;
import io.envoyproxy.envoy.config.core.v3.BindConfig;
import io.envoyproxy.envoy.config.core.v3.ExtraSourceAddress;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.core.v3.SocketOption;
import io.envoyproxy.envoy.config.core.v3.SocketOptionsOverride;

/**
 * Connections from the proxy to the application of its pod carry a mark, by which the interception rules let them
 * through. Without it the application's calls to its own Service would go round the proxy's inbound side.
 */
final class ApplicationConnections {
    private static final int IPPROTO_IP = 0;
    private static final int IP_TOS = 1;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_TCLASS = 67;

    static final BindConfig MARKED = BindConfig.newBuilder()
            .setSourceAddress(any("0.0.0.0"))
            .addSocketOptions(mark(IPPROTO_IP, IP_TOS))
            .addExtraSourceAddresses(ExtraSourceAddress.newBuilder()
                    .setAddress(any("::"))
                    .setSocketOptions(
                            SocketOptionsOverride.newBuilder().addSocketOptions(mark(IPPROTO_IPV6, IPV6_TCLASS))))
            .build();

    private ApplicationConnections() {}

    private static SocketAddress any(String address) {
        return SocketAddress.newBuilder().setAddress(address).setPortValue(0).build();
    }

    private static SocketOption mark(int level, int name) {
        return SocketOption.newBuilder()
                .setLevel(level)
                .setName(name)
                .setIntValue(ProxyPorts.APPLICATION_TOS)
                .setState(SocketOption.SocketState.STATE_PREBIND)
                .build();
    }
}
