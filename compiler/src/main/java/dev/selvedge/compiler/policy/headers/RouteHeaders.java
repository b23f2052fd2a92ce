// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.headers;

import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.policy.HeaderOptions;
import io.envoyproxy.envoy.config.route.v3.Route;

/** Changes of headers by a route, at the client's proxy. */
public final class RouteHeaders {
    private RouteHeaders() {}

    public static void apply(ServiceView.Route from, Route.Builder route) {
        var request = from.actions().requestHeaders();
        var response = from.actions().responseHeaders();
        route.addAllRequestHeadersToAdd(HeaderOptions.additions(request))
                .addAllRequestHeadersToRemove(HeaderOptions.removals(request))
                .addAllResponseHeadersToAdd(HeaderOptions.additions(response))
                .addAllResponseHeadersToRemove(HeaderOptions.removals(response));
    }
}
