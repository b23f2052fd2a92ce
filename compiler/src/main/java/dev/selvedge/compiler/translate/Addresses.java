// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;

/** Socket addresses. */
final class Addresses {
    private Addresses() {}

    static Address of(String ip, int port) {
        return Address.newBuilder()
                .setSocketAddress(SocketAddress.newBuilder().setAddress(ip).setPortValue(port))
                .build();
    }

    /** Every address of the pod, IPv4 and IPv6. */
    static Address any(int port) {
        return Address.newBuilder()
                .setSocketAddress(SocketAddress.newBuilder()
                        .setAddress("::")
                        .setPortValue(port)
                        .setIpv4Compat(true))
                .build();
    }
}
