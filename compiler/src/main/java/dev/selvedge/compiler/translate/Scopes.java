// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.ByteString;
import dev.selvedge.compiler.model.ProxyPorts;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.ScopedRds;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder;
import java.util.List;

/** From the address that a client called to the routes of the Service behind it. */
final class Scopes {
    /** A proxy has no traffic before it has all scopes: a Service that is missing would be answered with 404. */
    private static final ScopedRds SOURCE = ScopedRds.newBuilder()
            .setScopedRdsConfigSource(ConfigSources.adsWithoutLimit())
            .build();

    private static final ByteString SOURCE_BYTES = SOURCE.toByteString();

    private Scopes() {}

    /**
     * The routes are fetched with the first request. For another {@code scoped_rds} in its listeners, Envoy 1.40
     * subscribes a second time without asking the server again; so the scopes must come again, after the listeners.
     *
     * @param address {@code ip:port} as Envoy prints the original destination
     */
    static Encoded scope(String address, String route) {
        var scope = ScopedRouteConfiguration.newBuilder()
                .setName(address)
                .setOnDemand(true)
                .setRouteConfigurationName(route)
                .setKey(ScopedRouteConfiguration.Key.newBuilder()
                        .addFragments(ScopedRouteConfiguration.Key.Fragment.newBuilder()
                                .setStringKey(address)))
                .build();
        return new Encoded(scope, List.of(), SOURCE_BYTES);
    }

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
                .setScopedRds(SOURCE)
                .build();
    }
}
