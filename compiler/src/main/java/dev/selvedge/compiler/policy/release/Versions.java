// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.release;

import com.google.protobuf.BoolValue;
import com.google.protobuf.UnknownFieldSet;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.snapshot.Release;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Backend;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import java.util.List;
import java.util.Optional;

/** The versions of a release as backends of a route. */
public final class Versions {
    private static final int ALL = 100;

    /** {@code WeightedCluster.use_hash_policy} of Envoy 1.40, which our library of its messages does not name. */
    private static final int USE_HASH_POLICY = 5;

    private Versions() {}

    /**
     * Both, so that a client's proxy has both. The next version comes first: Envoy gives the lowest hashes to the first,
     * and whoever is there stays there when its share grows.
     */
    public static List<Backend> of(Release release) {
        int next =
                switch (release) {
                    case Release.Canary canary -> canary.percent();
                    case Release.BlueGreen(var _, var name, var active) -> active.equals(name) ? ALL : 0;
                };
        return List.of(
                new Backend(Optional.of(release.next()), next), new Backend(Optional.of(release.stable()), ALL - next));
    }

    /** Draws by the hash of the caller instead of at random; a route that leads to one cluster has nothing to draw. */
    public static void apply(ServiceView.Route route, RouteAction.Builder action) {
        if (route.sticky() && action.hasWeightedClusters()) {
            action.getWeightedClustersBuilder()
                    .setUnknownFields(UnknownFieldSet.newBuilder()
                            .addField(
                                    USE_HASH_POLICY,
                                    UnknownFieldSet.Field.newBuilder()
                                            .addLengthDelimited(
                                                    BoolValue.of(true).toByteString())
                                            .build())
                            .build());
        }
    }
}
