// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.authorization;

import dev.selvedge.compiler.policy.StringMatchers;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Action;
import dev.selvedge.compiler.snapshot.StringMatch;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.type.matcher.v3.PathMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.List;
import java.util.stream.Stream;

/**
 * Paths of a rule. They are compared after the connection manager has resolved dot segments, backslashes, repeated
 * slashes and escapes of unreserved characters, and without the query.
 *
 * <p>Some paths still mean different things to different servers: one ignores {@code ;x} in a segment (so that
 * {@code /public/..;/admin} is {@code /admin}), one decodes {@code %2F} before it resolves segments, one decodes
 * twice. Such a path matches every Deny and no Allow. Where no rule speaks of paths it is served as before.
 */
final class Paths {
    private static final Permission AMBIGUOUS = path(StringMatchers.regex(".*(?:;|%3[bB]|%2[fF]|%5[cC]|%25).*"));

    private Paths() {}

    static Permission permission(Action action, List<StringMatch> paths) {
        var matches = paths.stream().flatMap(Paths::alternatives).map(Paths::path);
        return switch (action) {
            case DENY ->
                RuleTerms.some(Stream.concat(matches, Stream.of(AMBIGUOUS)).toList());
            case ALLOW -> RuleTerms.all(List.of(RuleTerms.not(AMBIGUOUS), RuleTerms.some(matches.toList())));
        };
    }

    private static Stream<StringMatcher> alternatives(StringMatch path) {
        return switch (path) {
            case StringMatch.Exact(var value) -> Stream.of(StringMatchers.exact(value));
            case StringMatch.Prefix(var value) -> {
                var prefix = StringMatchers.pathPrefix(value);
                var below = StringMatchers.prefix(prefix + "/");
                yield prefix.isEmpty() ? Stream.of(below) : Stream.of(StringMatchers.exact(prefix), below);
            }
            case StringMatch.Regex(var value) -> Stream.of(StringMatchers.regex(value));
            case StringMatch.Present() -> Stream.of(StringMatchers.prefix("/"));
        };
    }

    private static Permission path(StringMatcher path) {
        return Permission.newBuilder()
                .setUrlPath(PathMatcher.newBuilder().setPath(path))
                .build();
    }
}
