// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.mirror;

import dev.selvedge.compiler.model.ServiceView;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteAction.RequestMirrorPolicy;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import io.envoyproxy.envoy.type.v3.FractionalPercent.DenominatorType;

/**
 * Copies of requests, sent by the client's proxy without waiting for an answer. Envoy appends {@code -shadow} to the
 * copies' Host header, by which the receiver can tell them.
 */
public final class RouteMirrors {
    private RouteMirrors() {}

    public static void apply(ServiceView.Route route, RouteAction.Builder action) {
        for (var mirror : route.mirrors()) {
            if (mirror.share().perMillion() > 0) {
                action.addRequestMirrorPolicies(RequestMirrorPolicy.newBuilder()
                        .setCluster(mirror.cluster().toString())
                        .setRuntimeFraction(RuntimeFractionalPercent.newBuilder()
                                .setDefaultValue(FractionalPercent.newBuilder()
                                        .setNumerator(mirror.share().perMillion())
                                        .setDenominator(DenominatorType.MILLION))));
            }
        }
    }
}
