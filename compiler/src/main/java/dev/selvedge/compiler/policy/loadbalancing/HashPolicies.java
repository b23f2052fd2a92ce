// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.loadbalancing;

import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.resource.ProtoDuration;
import dev.selvedge.compiler.snapshot.LoadBalancing.HashKey;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteAction.HashPolicy;

/** What a consistent choice of the endpoint goes by. */
public final class HashPolicies {
    private HashPolicies() {}

    /** The first that the request has decides alone; Envoy would mix the others in. */
    public static void apply(ServiceView.Route route, RouteAction.Builder action) {
        route.hash().forEach(key -> action.addHashPolicy(policy(key).toBuilder().setTerminal(true)));
    }

    private static HashPolicy policy(HashKey key) {
        var name = key.name().orElse("");
        var policy = HashPolicy.newBuilder();
        switch (key.type()) {
            case HEADER -> policy.setHeader(HashPolicy.Header.newBuilder().setHeaderName(name));
            case COOKIE -> policy.setCookie(cookie(key, name));
            case QUERY ->
                policy.setQueryParameter(HashPolicy.QueryParameter.newBuilder().setName(name));
            case SOURCE ->
                policy.setConnectionProperties(
                        HashPolicy.ConnectionProperties.newBuilder().setSourceIp(true));
        }
        return policy.build();
    }

    /** One that is given out holds for the whole Service. */
    private static HashPolicy.Cookie cookie(HashKey key, String name) {
        var cookie = HashPolicy.Cookie.newBuilder().setName(name);
        key.ttl().ifPresent(ttl -> cookie.setTtl(ProtoDuration.of(ttl)).setPath("/"));
        return cookie.build();
    }
}
