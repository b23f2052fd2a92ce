// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.timeout;

import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.resource.ProtoDuration;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import java.time.Duration;

/** How long a request may take, at the client's proxy. */
public final class RouteTimeouts {
    private RouteTimeouts() {}

    /**
     * The whole request is not limited unless a policy says so (Envoy's own default of 15 s would cut long answers);
     * without a policy a silent stream ends after the connection manager's idle time.
     */
    public static void apply(ServiceView.Route route, RouteAction.Builder action) {
        action.setTimeout(route.requestTimeout().map(ProtoDuration::of).orElse(ProtoDuration.ZERO));
        route.idleTimeout().ifPresent(idle -> action.setIdleTimeout(ProtoDuration.of(idle)));
        route.streamTimeout()
                .filter(Duration::isPositive)
                .ifPresent(limit -> action.setMaxStreamDuration(
                        RouteAction.MaxStreamDuration.newBuilder().setMaxStreamDuration(ProtoDuration.of(limit))));
    }
}
