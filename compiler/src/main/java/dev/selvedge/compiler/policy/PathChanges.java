// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import com.google.re2j.Pattern;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.snapshot.RouteActions.PathChange;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatchAndSubstitute;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import java.util.Optional;

/** A change of a path as one of the two forms that Envoy has, for rewrites and for redirects alike. */
public sealed interface PathChanges {
    /** Puts other text in the place of what the route matched. */
    record PrefixRewrite(String replacement) implements PathChanges {}

    /** Replaces what an expression finds. */
    record RegexRewrite(RegexMatchAndSubstitute regex) implements PathChanges {}

    /**
     * The change for requests that this match has taken. Envoy exchanges the text of a prefix and nothing else, which
     * leaves a slash too many or too few where one of the two prefixes is the root. Empty when a prefix is to be replaced
     * and the match is not by prefix; validation says so.
     */
    static Optional<PathChanges> of(PathChange change, TrafficPolicy.Match match) {
        return switch (change) {
            case PathChange.Full(var path) -> Optional.of(regex("^.*$", literal(path)));
            case PathChange.Regex(var pattern, var substitution) -> Optional.of(regex(pattern, substitution));
            case PathChange.Prefix(var replacement) ->
                matched(match)
                        .map(matched ->
                                prefix(StringMatchers.pathPrefix(matched), StringMatchers.pathPrefix(replacement)));
        };
    }

    private static PathChanges prefix(String matched, String replacement) {
        if (replacement.isEmpty()) {
            return regex("^" + Pattern.quote(matched) + "/*", "/");
        }
        return matched.isEmpty() ? regex("^/*", literal(replacement + "/")) : new PrefixRewrite(replacement);
    }

    /** A route without a prefix has matched the root. */
    private static Optional<String> matched(TrafficPolicy.Match match) {
        return switch (match.path().orElse(ServiceView.ANY_PATH)) {
            case StringMatch.Prefix(var value) -> Optional.of(value);
            case StringMatch.Present _ -> Optional.of("/");
            case StringMatch.Exact _, StringMatch.Regex _ -> Optional.empty();
        };
    }

    private static RegexRewrite regex(String pattern, String substitution) {
        return new RegexRewrite(RegexMatchAndSubstitute.newBuilder()
                .setPattern(RegexMatcher.newBuilder().setRegex(pattern))
                .setSubstitution(substitution)
                .build());
    }

    private static String literal(String text) {
        return text.replace("\\", "\\\\");
    }
}
