// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.cors;

import com.google.protobuf.BoolValue;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.policy.StringMatchers;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.snapshot.RouteActions.Cors;
import dev.selvedge.compiler.snapshot.StringMatch;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;

/** Answers a browser's question before it calls another origin, at the first proxy of ours. */
public final class RouteCors {
    /** The filter that reads what a route says of this; the listeners of clients and gateways have it. */
    public static final String FILTER = "envoy.filters.http.cors";

    private RouteCors() {}

    public static void apply(ServiceView.Route from, Route.Builder route) {
        from.actions().cors().ifPresent(cors -> route.putTypedPerFilterConfig(FILTER, Pack.any(policy(cors))));
    }

    private static CorsPolicy policy(Cors cors) {
        var policy = CorsPolicy.newBuilder();
        cors.allowOrigins().forEach(origin -> policy.addAllowOriginStringMatch(origin(origin)));
        policy.setAllowMethods(String.join(",", cors.allowMethods()))
                .setAllowHeaders(String.join(",", cors.allowHeaders()))
                .setExposeHeaders(String.join(",", cors.exposeHeaders()))
                .setForwardNotMatchingPreflights(BoolValue.of(false));
        cors.maxAge().ifPresent(age -> policy.setMaxAge(Long.toString(age.toSeconds())));
        if (cors.allowCredentials()) {
            policy.setAllowCredentials(BoolValue.of(true));
        }
        return policy.build();
    }

    private static StringMatcher origin(StringMatch origin) {
        return switch (origin) {
            case StringMatch.Exact(var value) -> StringMatchers.exact(value);
            case StringMatch.Prefix(var value) -> StringMatchers.prefix(value);
            case StringMatch.Regex(var value) -> StringMatchers.regex(value);
            case StringMatch.Present() -> StringMatchers.regex(".*");
        };
    }
}
