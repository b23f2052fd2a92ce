// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import com.google.re2j.Pattern;
import dev.selvedge.compiler.snapshot.RouteActions;
import dev.selvedge.compiler.snapshot.RouteActions.Answer;
import dev.selvedge.compiler.snapshot.RouteActions.Header;
import dev.selvedge.compiler.snapshot.RouteActions.HeaderChanges;
import dev.selvedge.compiler.snapshot.RouteActions.PathChange;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Match;
import java.util.List;

/** What is wrong with what a route does. The two front ends have the same names for the fields of an action. */
final class ActionRules {
    private ActionRules() {}

    /**
     * What one action or several get wrong.
     *
     * @param at how the front end calls the field of an action, such as {@code urlRewrite}
     */
    static void check(Findings findings, String field, RouteActions actions, List<Match> matches) {
        headers(findings, field + ".requestHeaderModifier", actions.requestHeaders());
        headers(findings, field + ".responseHeaderModifier", actions.responseHeaders());
        actions.rewrite()
                .flatMap(RouteActions.Rewrite::path)
                .ifPresent(path -> path(findings, field + ".urlRewrite.path", path, matches));
        actions.answer().ifPresent(answer -> {
            if (answer instanceof Answer.Redirect redirect) {
                redirect.path().ifPresent(path -> path(findings, field + ".requestRedirect.path", path, matches));
            }
        });
        actions.cors().ifPresent(cors -> {
            for (int i = 0; i < cors.allowOrigins().size(); i++) {
                if (cors.allowOrigins().get(i) instanceof StringMatch.Regex(var regex)) {
                    findings.regex(field + ".cors.allowOrigins[" + i + "]", regex);
                }
            }
        });
    }

    static void headers(Findings findings, String field, HeaderChanges changes) {
        values(findings, field + ".set", changes.set());
        values(findings, field + ".add", changes.add());
        for (int i = 0; i < changes.remove().size(); i++) {
            name(findings, field + ".remove[" + i + "]", changes.remove().get(i));
        }
    }

    private static void values(Findings findings, String field, List<Header> headers) {
        for (int i = 0; i < headers.size(); i++) {
            var header = headers.get(i);
            if (!HeaderNames.canBeChanged(header.name())) {
                name(findings, field + "[" + i + "].name", header.name());
            } else if (!HeaderNames.canBeSet(header)) {
                findings.add(
                        field + "[" + i + "].value",
                        header.value(),
                        "has characters that no header may have",
                        "leave out line breaks and other control characters");
            }
        }
    }

    private static void name(Findings findings, String field, String name) {
        if (!HeaderNames.canBeChanged(name)) {
            findings.add(
                    field,
                    name,
                    "is not a header that a route can change",
                    "use urlRewrite.hostname for the host, and names that do not begin with ':' or 'x-envoy-'");
        }
    }

    private static void path(Findings findings, String field, PathChange change, List<Match> matches) {
        switch (change) {
            case PathChange.Full(var path) -> slash(findings, field + ".replaceFullPath", path);
            case PathChange.Prefix(var replacement) -> {
                if (!replacement.isEmpty()) {
                    slash(findings, field + ".replacePrefixMatch", replacement);
                }
                if (!matches.stream().allMatch(ActionRules::isByPrefix)) {
                    findings.add(
                            field + ".replacePrefixMatch",
                            replacement,
                            "replaces the prefix that the route matched, and a match of it is not by prefix",
                            "match paths by prefix, or use ReplaceFullPath");
                }
            }
            case PathChange.Regex(var pattern, var substitution) -> regex(findings, field, pattern, substitution);
        }
    }

    private static boolean isByPrefix(Match match) {
        return match.path().stream().allMatch(StringMatch.Prefix.class::isInstance);
    }

    private static void slash(Findings findings, String field, String path) {
        if (!path.startsWith("/")) {
            findings.add(field, path, "a path starts with '/'", "write /" + path);
        }
    }

    /** Envoy refuses all routes of a Service for one substitution that its pattern does not provide for. */
    private static void regex(Findings findings, String field, String pattern, String substitution) {
        var before = findings.list().size();
        findings.regex(field + ".replaceRegexMatch.pattern", pattern);
        if (findings.list().size() != before) {
            return;
        }
        var groups = Pattern.compile(pattern).groupCount();
        for (int i = 0; i < substitution.length(); i++) {
            if (substitution.charAt(i) == '\\') {
                i++;
                var next = i < substitution.length() ? substitution.charAt(i) : ' ';
                if (next != '\\' && (next < '0' || next > '9' || next - '0' > groups)) {
                    findings.add(
                            field + ".replaceRegexMatch.substitution",
                            substitution,
                            "refers to something that the pattern has not; it has " + groups + " groups",
                            "write \\1 for the first group, and \\\\ for a backslash");
                    return;
                }
            }
        }
    }
}
