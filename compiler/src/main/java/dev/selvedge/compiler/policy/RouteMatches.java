// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import com.google.re2j.Pattern;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;

/** Which requests a route takes. */
public final class RouteMatches {
    private static final String AUTHORITY = ":authority";

    private RouteMatches() {}

    /** Who the client is has been decided before: a proxy gets only the matches that its pod can meet. */
    public static RouteMatch of(TrafficPolicy.Match match) {
        var result = RouteMatch.newBuilder();
        path(match.path().orElse(new StringMatch.Present()), result);
        match.authority().ifPresent(authority -> result.addHeaders(authority(authority)));
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

    /** A client names the port in this header unless it is the scheme's own. */
    private static HeaderMatcher authority(StringMatch authority) {
        return switch (authority) {
            case StringMatch.Exact(var host) ->
                header(AUTHORITY, new StringMatch.Regex("(?i)" + Pattern.quote(host) + "(:[0-9]+)?"));
            case StringMatch.Prefix(var text) ->
                header(AUTHORITY, new StringMatch.Regex("(?i)" + Pattern.quote(text) + ".*"));
            case StringMatch.Regex(var regex) ->
                header(AUTHORITY, new StringMatch.Regex("(?i)(?:" + regex + ")(:[0-9]+)?"));
            case StringMatch.Present present -> header(AUTHORITY, present);
        };
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
