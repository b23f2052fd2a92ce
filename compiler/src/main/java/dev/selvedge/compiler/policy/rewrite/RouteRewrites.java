// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.rewrite;

import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.policy.PathChanges;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteAction;

/** What the server is asked for; changed at the client's proxy, after the route was chosen. */
public final class RouteRewrites {
    private RouteRewrites() {}

    /** @param match the alternative of the route that this action is for */
    public static void apply(ServiceView.Route route, TrafficPolicy.Match match, RouteAction.Builder action) {
        route.actions().rewrite().ifPresent(rewrite -> {
            rewrite.hostname().ifPresent(action::setHostRewriteLiteral);
            rewrite.path().flatMap(path -> PathChanges.of(path, match)).ifPresent(change -> {
                switch (change) {
                    case PathChanges.PrefixRewrite(var replacement) -> action.setPrefixRewrite(replacement);
                    case PathChanges.RegexRewrite(var regex) -> action.setRegexRewrite(regex);
                }
            });
        });
    }
}
