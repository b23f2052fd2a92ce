// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.healthcheck;

import com.google.protobuf.UInt32Value;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.resource.ProtoDuration;
import dev.selvedge.compiler.snapshot.HealthCheck.Protocol;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.HealthCheck;
import java.util.Optional;

/** How a cluster asks its endpoints whether they serve: over the connections that it would use itself. */
public final class HealthChecks {
    private static final int JITTER_PERCENT = 10;

    private HealthChecks() {}

    /**
     * A cluster that is fetched on demand is asked for the first time just before its first request; with Envoy's longer
     * interval for clusters without traffic what it learnt then would hold for a minute.
     *
     * <p>A cluster for connections that are passed through has no name of a Service, and asks with TCP alone.
     */
    public static void apply(Upstream upstream, Cluster.Builder cluster) {
        var service = ClusterName.parse(cluster.getName());
        upstream.healthCheck().ifPresent(wanted -> {
            var check = HealthCheck.newBuilder()
                    .setInterval(ProtoDuration.of(wanted.interval()))
                    .setNoTrafficInterval(ProtoDuration.of(wanted.interval()))
                    .setIntervalJitterPercent(JITTER_PERCENT)
                    .setTimeout(ProtoDuration.of(wanted.timeout()))
                    .setUnhealthyThreshold(UInt32Value.of(wanted.unhealthyAfter()))
                    .setHealthyThreshold(UInt32Value.of(wanted.healthyAfter()));
            if (asks(check, wanted.protocol(), service)) {
                cluster.addHealthChecks(check);
            }
        });
    }

    private static boolean asks(HealthCheck.Builder check, Protocol protocol, Optional<ClusterName> cluster) {
        switch (protocol) {
            case Protocol.Http(var path) ->
                cluster.ifPresent(name -> check.setHttpHealthCheck(HealthCheck.HttpHealthCheck.newBuilder()
                        .setHost(host(name))
                        .setPath(path)));
            case Protocol.Grpc(var service) ->
                cluster.ifPresent(name -> check.setGrpcHealthCheck(HealthCheck.GrpcHealthCheck.newBuilder()
                        .setAuthority(host(name))
                        .setServiceName(service)));
            case Protocol.Tcp() -> {
                check.setTcpHealthCheck(HealthCheck.TcpHealthCheck.getDefaultInstance());
                return true;
            }
        }
        return cluster.isPresent();
    }

    private static String host(ClusterName cluster) {
        return cluster.service().name() + "." + cluster.service().namespace();
    }
}
