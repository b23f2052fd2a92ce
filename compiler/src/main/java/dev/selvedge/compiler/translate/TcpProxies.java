// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.ProtoDuration;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue;
import io.envoyproxy.envoy.extensions.filters.network.set_filter_state.v3.Config;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.type.v3.HashPolicy;
import java.time.Duration;
import java.util.Optional;

/** Connections that are passed on as they are. */
final class TcpProxies {
    /** How long a TCP connection between two proxies may live; {@code spec.identity.rotation.drain} counts on it. */
    private static final Duration MUTUAL_TLS_AGE = Duration.ofHours(24);

    private static final String CLUSTER_KEY = "envoy.tcp_proxy.cluster";

    private TcpProxies() {}

    /** To a cluster that is always there. */
    static Filter to(String cluster, String direction) {
        return filter(proxy(cluster, direction, Optional.empty()));
    }

    /**
     * The same, but nothing is connected before the caller has proved who it is. An open connection is not verified again
     * when trust changes, so none lives for ever.
     */
    static Filter afterTlsHandshake(String cluster, String direction) {
        return filter(proxy(cluster, direction, Optional.empty())
                .setMaxDownstreamConnectionDuration(ProtoDuration.of(MUTUAL_TLS_AGE))
                .setUnknownFields(NewerFields.connectAfterTlsHandshake()));
    }

    /**
     * To a cluster that is fetched when the first connection asks for it.
     *
     * @param idle ends a connection on which nothing was sent for so long; never without
     * @param lifetime ends a connection of that age; never without
     */
    static Filter onDemand(String cluster, Optional<Duration> idle, Optional<Duration> lifetime) {
        var proxy = proxy(cluster, "outbound", idle)
                .addHashPolicy(HashPolicy.newBuilder().setSourceIp(HashPolicy.SourceIp.getDefaultInstance()))
                .setOnDemand(TcpProxy.OnDemand.newBuilder()
                        .setOdcdsConfig(ConfigSources.ads())
                        .setTimeout(ConfigSources.ON_DEMAND));
        lifetime.filter(Duration::isPositive)
                .map(ProtoDuration::of)
                .ifPresent(proxy::setMaxDownstreamConnectionDuration);
        return filter(proxy);
    }

    /** Names the cluster after the address that the client connected to; comes before {@link #onDemand}. */
    static Filter clusterByDestination(String prefix) {
        return clusterNamed(prefix + "%DOWNSTREAM_LOCAL_ADDRESS%");
    }

    /** Names the cluster after what Envoy knows of the connection; comes before {@link #onDemand}. */
    static Filter clusterNamed(String format) {
        var name = SubstitutionFormatString.newBuilder()
                .setTextFormatSource(DataSource.newBuilder().setInlineString(format));
        var config = Config.newBuilder()
                .addOnNewConnection(
                        FilterStateValue.newBuilder().setObjectKey(CLUSTER_KEY).setFormatString(name))
                .build();
        return Filter.newBuilder()
                .setName("envoy.filters.network.set_filter_state")
                .setTypedConfig(Pack.any(config))
                .build();
    }

    private static TcpProxy.Builder proxy(String cluster, String direction, Optional<Duration> idle) {
        return TcpProxy.newBuilder()
                .setStatPrefix(direction + "_tcp")
                .setCluster(cluster)
                .setIdleTimeout(idle.map(ProtoDuration::of).orElse(ProtoDuration.ZERO))
                .addAccessLog(AccessLogs.failedConnections(direction));
    }

    private static Filter filter(TcpProxy.Builder proxy) {
        return Filter.newBuilder()
                .setName("envoy.filters.network.tcp_proxy")
                .setTypedConfig(Pack.any(proxy.build()))
                .build();
    }
}
