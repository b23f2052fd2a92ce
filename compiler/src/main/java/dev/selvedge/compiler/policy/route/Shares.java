// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.route;

import com.google.protobuf.UInt32Value;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.policy.HeaderOptions;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** How the requests of a route are divided among its backends. */
public final class Shares {
    /** Names no cluster: the share of a reference that leads nowhere answers 500 and goes to nobody else. */
    private static final String NO_CLUSTER = "invalid";

    private Shares() {}

    /** The backends that get requests at all. */
    public static List<ServiceView.Backend> receiving(ServiceView.Route route) {
        return route.backends().stream().filter(backend -> backend.weight() > 0).toList();
    }

    /** Why every request of this route must be answered 500; empty when some backend can take requests. */
    public static Optional<String> unusable(ServiceView.Route route) {
        var receiving = receiving(route);
        if (receiving.isEmpty()) {
            return Optional.of("no backend of this route receives requests");
        }
        if (receiving.stream().allMatch(ServiceView.Backend.Invalid.class::isInstance)) {
            return Optional.of(receiving.stream()
                    .map(ServiceView.Backend.Invalid.class::cast)
                    .map(ServiceView.Backend.Invalid::message)
                    .distinct()
                    .collect(Collectors.joining("; ")));
        }
        return Optional.empty();
    }

    /** Divides a route that is not {@linkplain #unusable unusable}. */
    public static void apply(ServiceView.Route route, RouteAction.Builder action) {
        var receiving = receiving(route);
        if (receiving.size() == 1 && headers(receiving.getFirst()).equals(ServiceView.Headers.NONE)) {
            action.setCluster(cluster(receiving.getFirst()));
            return;
        }
        var clusters = WeightedCluster.newBuilder();
        for (var backend : receiving) {
            var share = WeightedCluster.ClusterWeight.newBuilder()
                    .setName(cluster(backend))
                    .setWeight(UInt32Value.of(backend.weight()));
            apply(headers(backend), share);
            clusters.addClusters(share);
        }
        action.setWeightedClusters(clusters);
        if (receiving.stream().anyMatch(ServiceView.Backend.Invalid.class::isInstance)) {
            action.setClusterNotFoundResponseCode(RouteAction.ClusterNotFoundResponseCode.INTERNAL_SERVER_ERROR);
        }
    }

    private static String cluster(ServiceView.Backend backend) {
        return switch (backend) {
            case ServiceView.Backend.Endpoints(var cluster, var _, var _) -> cluster.toString();
            case ServiceView.Backend.Invalid _ -> NO_CLUSTER;
        };
    }

    /** What is changed for one share alone. */
    private static void apply(ServiceView.Headers headers, ClusterWeight.Builder share) {
        share.addAllRequestHeadersToAdd(HeaderOptions.additions(headers.request()))
                .addAllRequestHeadersToRemove(HeaderOptions.removals(headers.request()))
                .addAllResponseHeadersToAdd(HeaderOptions.additions(headers.response()))
                .addAllResponseHeadersToRemove(HeaderOptions.removals(headers.response()));
    }

    private static ServiceView.Headers headers(ServiceView.Backend backend) {
        return switch (backend) {
            case ServiceView.Backend.Endpoints(var _, var _, var headers) -> headers;
            case ServiceView.Backend.Invalid _ -> ServiceView.Headers.NONE;
        };
    }
}
