// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import dev.selvedge.compiler.model.ProxyPorts;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.ScopedRds;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder;

/** From the address that a client called to the routes of the Service behind it. */
final class Scopes {
    private Scopes() {}

    /**
     * The routes are fetched with the first request.
     *
     * @param address {@code ip:port} as Envoy prints the original destination
     */
    static ScopedRouteConfiguration scope(String address, String route) {
        return ScopedRouteConfiguration.newBuilder()
                .setName(address)
                .setOnDemand(true)
                .setRouteConfigurationName(route)
                .setKey(ScopedRouteConfiguration.Key.newBuilder()
                        .addFragments(ScopedRouteConfiguration.Key.Fragment.newBuilder()
                                .setStringKey(address)))
                .build();
    }

    /**
     * Where the scopes come from must stay as it is, down to the time limit: for another {@code scoped_rds}, Envoy 1.40
     * subscribes anew without asking the server again, and a running proxy's changed listener would wait for ever, or
     * open with the next Service alone.
     */
    static ScopedRoutes byDestination() {
        var destination = ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor.newBuilder()
                .setName(ProxyPorts.DESTINATION_HEADER)
                .setIndex(0);
        return ScopedRoutes.newBuilder()
                .setName("services")
                .setScopeKeyBuilder(ScopeKeyBuilder.newBuilder()
                        .addFragments(
                                ScopeKeyBuilder.FragmentBuilder.newBuilder().setHeaderValueExtractor(destination)))
                .setRdsConfigSource(ConfigSources.ads())
                .setScopedRds(ScopedRds.newBuilder().setScopedRdsConfigSource(ConfigSources.ads()))
                .build();
    }
}
