// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.loadbalancing;

import com.google.protobuf.Message;
import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.ProtoDuration;
import dev.selvedge.compiler.snapshot.LoadBalancing;
import dev.selvedge.compiler.snapshot.LoadBalancing.Algorithm;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.LoadBalancingPolicy;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig;
import io.envoyproxy.envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.LocalityWeightedLbConfig;
import io.envoyproxy.envoy.extensions.load_balancing_policies.common.v3.SlowStartConfig;
import io.envoyproxy.envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest;
import io.envoyproxy.envoy.extensions.load_balancing_policies.maglev.v3.Maglev;
import io.envoyproxy.envoy.extensions.load_balancing_policies.random.v3.Random;
import io.envoyproxy.envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash;
import io.envoyproxy.envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin;
import io.envoyproxy.envoy.type.v3.Percent;
import java.time.Duration;
import java.util.Optional;

/** How a cluster chooses among its endpoints. */
public final class LoadBalancers {
    private static final LocalityWeightedLbConfig WEIGHTED = LocalityWeightedLbConfig.getDefaultInstance();

    /** The endpoints say the weight of each zone. */
    private static final LocalityLbConfig ZONES_WEIGHTED =
            LocalityLbConfig.newBuilder().setLocalityWeightedLbConfig(WEIGHTED).build();

    private LoadBalancers() {}

    /** Without a policy it is the one with the fewest requests under way of two. */
    public static void apply(Upstream upstream, Cluster.Builder cluster) {
        var wanted = upstream.loadBalancing();
        if (wanted.algorithm().isEmpty() && wanted.warmup().isEmpty() && !isWeighted(wanted)) {
            cluster.setLbPolicy(Cluster.LbPolicy.LEAST_REQUEST);
        } else {
            cluster.setLoadBalancingPolicy(policy(wanted));
        }
        wanted.panicPercent().ifPresent(percent -> cluster.getCommonLbConfigBuilder()
                .setHealthyPanicThreshold(Percent.newBuilder().setValue(percent)));
    }

    private static LoadBalancingPolicy policy(LoadBalancing wanted) {
        var slowStart = wanted.warmup().filter(Duration::isPositive).map(LoadBalancers::slowStart);
        boolean weighted = isWeighted(wanted);
        return switch (wanted.algorithm().orElse(Algorithm.LEAST_REQUEST)) {
            case LEAST_REQUEST -> policy("least_request", leastRequest(slowStart, weighted));
            case ROUND_ROBIN -> policy("round_robin", roundRobin(slowStart, weighted));
            case RANDOM ->
                policy(
                        "random",
                        weighted
                                ? Random.newBuilder()
                                        .setLocalityLbConfig(ZONES_WEIGHTED)
                                        .build()
                                : Random.getDefaultInstance());
            case RING_HASH ->
                policy(
                        "ring_hash",
                        weighted
                                ? RingHash.newBuilder()
                                        .setLocalityWeightedLbConfig(WEIGHTED)
                                        .build()
                                : RingHash.getDefaultInstance());
            case MAGLEV ->
                policy(
                        "maglev",
                        weighted
                                ? Maglev.newBuilder()
                                        .setLocalityWeightedLbConfig(WEIGHTED)
                                        .build()
                                : Maglev.getDefaultInstance());
        };
    }

    private static boolean isWeighted(LoadBalancing wanted) {
        return wanted.locality()
                .filter(locality -> locality.mode() == LoadBalancing.Locality.Mode.WEIGHTED)
                .isPresent();
    }

    private static LoadBalancingPolicy policy(String name, Message config) {
        return LoadBalancingPolicy.newBuilder()
                .addPolicies(LoadBalancingPolicy.Policy.newBuilder()
                        .setTypedExtensionConfig(TypedExtensionConfig.newBuilder()
                                .setName("envoy.load_balancing_policies." + name)
                                .setTypedConfig(Pack.any(config))))
                .build();
    }

    private static LeastRequest leastRequest(Optional<SlowStartConfig> slowStart, boolean weighted) {
        var result = LeastRequest.newBuilder();
        if (weighted) {
            result.setLocalityLbConfig(ZONES_WEIGHTED);
        }
        slowStart.ifPresent(result::setSlowStartConfig);
        return result.build();
    }

    private static RoundRobin roundRobin(Optional<SlowStartConfig> slowStart, boolean weighted) {
        var result = RoundRobin.newBuilder();
        if (weighted) {
            result.setLocalityLbConfig(ZONES_WEIGHTED);
        }
        slowStart.ifPresent(result::setSlowStartConfig);
        return result.build();
    }

    private static SlowStartConfig slowStart(Duration window) {
        return SlowStartConfig.newBuilder()
                .setSlowStartWindow(ProtoDuration.of(window))
                .build();
    }
}
