// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.util.List;
import java.util.regex.Pattern;

/** What is wrong with a comparison of a request with a path, method, header or query parameter. */
public final class MatchRules {
    private static final Pattern NEVER_IN_A_PATH = Pattern.compile("//|/[.][.]?(/|$)|[?#]");

    private MatchRules() {}

    public static void match(Findings findings, String field, TrafficPolicy.Match match) {
        match.path().ifPresent(path -> path(findings, field + ".path", path));
        match.method().ifPresent(method -> findings.method(field + ".method", method));
        fields(findings, field + ".headers", match.headers());
        fields(findings, field + ".queryParams", match.queryParams());
        match.authority().ifPresent(authority -> {
            if (authority instanceof StringMatch.Regex(var regex)) {
                findings.regex(field + ".authority.value", regex);
            }
        });
    }

    static void path(Findings findings, String field, StringMatch path) {
        switch (path) {
            case StringMatch.Exact(var value) -> plainPath(findings, field + ".value", value);
            case StringMatch.Prefix(var value) -> plainPath(findings, field + ".value", value);
            case StringMatch.Regex(var value) -> findings.regex(field + ".value", value);
            case StringMatch.Present() ->
                findings.add(field + ".type", "Present", "every request has a path", "use Exact, Prefix or Regex");
        }
    }

    private static void plainPath(Findings findings, String field, String path) {
        if (!path.startsWith("/")) {
            findings.add(field, path, "a path starts with '/'", "write /" + path);
        } else if (NEVER_IN_A_PATH.matcher(path).find()) {
            findings.add(
                    field,
                    path,
                    "can never match, because paths are normalised and compared without their query",
                    "leave out '//', '/./', '/../', '?' and '#'");
        }
    }

    private static void fields(Findings findings, String field, List<TrafficPolicy.Field> fields) {
        for (int i = 0; i < fields.size(); i++) {
            var at = field + "[" + i + "]";
            if (!HeaderNames.isToken(fields.get(i).name())) {
                findings.add(
                        at + ".name",
                        fields.get(i).name(),
                        "is not a name of a header or query parameter",
                        "use letters, digits and '-'");
            }
            if (fields.get(i).value() instanceof StringMatch.Regex(var regex)) {
                findings.regex(at + ".value", regex);
            }
        }
    }
}
