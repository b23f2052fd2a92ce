// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.route;

import dev.selvedge.compiler.policy.StringMatchers;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import java.util.List;

/** Which requests a route takes. */
public final class RouteMatches {
    private static final RouteMatch EVERYTHING =
            RouteMatch.newBuilder().setPrefix("/").build();

    private RouteMatches() {}

    /** One Envoy match for each alternative; no alternatives take every request. */
    public static List<RouteMatch> of(List<TrafficPolicy.Match> alternatives) {
        return alternatives.isEmpty()
                ? List.of(EVERYTHING)
                : alternatives.stream().map(RouteMatches::match).toList();
    }

    private static RouteMatch match(TrafficPolicy.Match match) {
        var result = RouteMatch.newBuilder();
        path(match.path().orElse(new StringMatch.Present()), result);
        match.method().ifPresent(method -> result.addHeaders(header(":method", new StringMatch.Exact(method))));
        match.headers().forEach(field -> result.addHeaders(header(field.name(), field.value())));
        match.queryParams().forEach(field -> result.addQueryParameters(queryParameter(field)));
        return result.build();
    }

    private static void path(StringMatch path, RouteMatch.Builder result) {
        switch (path) {
            case StringMatch.Exact(var value) -> result.setPath(value);
            case StringMatch.Prefix(var value) -> {
                var prefix = StringMatchers.pathPrefix(value);
                if (prefix.isEmpty()) {
                    result.setPrefix("/");
                } else {
                    result.setPathSeparatedPrefix(prefix);
                }
            }
            case StringMatch.Regex(var value) ->
                result.setSafeRegex(RegexMatcher.newBuilder().setRegex(value));
            case StringMatch.Present() -> result.setPrefix("/");
        }
    }

    private static HeaderMatcher header(String name, StringMatch value) {
        var result = HeaderMatcher.newBuilder().setName(name);
        switch (value) {
            case StringMatch.Exact(var text) -> result.setStringMatch(StringMatchers.exact(text));
            case StringMatch.Prefix(var text) -> result.setStringMatch(StringMatchers.prefix(text));
            case StringMatch.Regex(var text) -> result.setStringMatch(StringMatchers.regex(text));
            case StringMatch.Present() -> result.setPresentMatch(true);
        }
        return result.build();
    }

    private static QueryParameterMatcher queryParameter(TrafficPolicy.Field field) {
        var result = QueryParameterMatcher.newBuilder().setName(field.name());
        switch (field.value()) {
            case StringMatch.Exact(var text) -> result.setStringMatch(StringMatchers.exact(text));
            case StringMatch.Prefix(var text) -> result.setStringMatch(StringMatchers.prefix(text));
            case StringMatch.Regex(var text) -> result.setStringMatch(StringMatchers.regex(text));
            case StringMatch.Present() -> result.setPresentMatch(true);
        }
        return result.build();
    }
}
