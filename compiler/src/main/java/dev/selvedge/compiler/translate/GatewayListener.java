// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.UInt32Value;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.ObjectName;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.Listener;

/** A port that a gateway opens to the outside. */
final class GatewayListener {
    /** Little is read ahead for a client that does not read itself. */
    private static final int BUFFER_BYTES = 32 * 1024;

    private GatewayListener() {}

    static Listener of(ObjectName gateway, int port) {
        return Listener.newBuilder()
                .setName(ResourceName.gatewayListener(port))
                .setTrafficDirection(TrafficDirection.INBOUND)
                .setAddress(Addresses.any(port))
                .setPerConnectionBufferLimitBytes(UInt32Value.of(BUFFER_BYTES))
                .addFilterChains(FilterChains.chain(
                        "http", HttpConnectionManagers.gateway(ResourceName.gatewayRoute(gateway, port))))
                .build();
    }
}
