// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.connection;

import com.google.protobuf.UInt32Value;
import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.resource.ProtoDuration;
import dev.selvedge.compiler.snapshot.Connections.KeepAlive;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.UpstreamConnectionOptions;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.TcpKeepalive;
import java.time.Duration;
import java.util.Optional;

/** How a client's proxy makes, keeps and ends connections. */
public final class ConnectionOptions {
    private ConnectionOptions() {}

    public static void apply(Upstream upstream, Cluster.Builder cluster) {
        var wanted = upstream.connections();
        wanted.connectTimeout().map(ProtoDuration::of).ifPresent(cluster::setConnectTimeout);
        wanted.keepAlive()
                .ifPresent(keepAlive -> cluster.setUpstreamConnectionOptions(
                        UpstreamConnectionOptions.newBuilder().setTcpKeepalive(probes(keepAlive))));
    }

    /** What holds for HTTP connections; empty when nobody says anything about them. */
    public static Optional<HttpProtocolOptions> http(Upstream upstream) {
        var wanted = upstream.connections();
        if (wanted.idle().isEmpty()
                && wanted.lifetime().isEmpty()
                && wanted.maxRequests().isEmpty()) {
            return Optional.empty();
        }
        var options = HttpProtocolOptions.newBuilder();
        // Zero is no limit; absent would be Envoy's default of an hour.
        wanted.idle().map(ProtoDuration::of).ifPresent(options::setIdleTimeout);
        wanted.lifetime()
                .filter(Duration::isPositive)
                .map(ProtoDuration::of)
                .ifPresent(options::setMaxConnectionDuration);
        wanted.maxRequests().map(UInt32Value::of).ifPresent(options::setMaxRequestsPerConnection);
        return Optional.of(options.build());
    }

    private static TcpKeepalive probes(KeepAlive wanted) {
        return TcpKeepalive.newBuilder()
                .setKeepaliveTime(seconds(wanted.time()))
                .setKeepaliveInterval(seconds(wanted.interval()))
                .setKeepaliveProbes(UInt32Value.of(wanted.probes()))
                .build();
    }

    private static UInt32Value seconds(Duration duration) {
        return UInt32Value.of((int) duration.toSeconds());
    }
}
