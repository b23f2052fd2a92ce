// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import static java.util.function.Function.identity;

import dev.selvedge.compiler.diagnostic.FieldError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Collects the mistakes of one object, and finds those that many fields have in common. */
public final class Findings {
    /** The longest regular expression that is taken, in characters. */
    static final int MAX_REGEX = 1024;

    /** How much a regular expression may be once its repetitions are written out. */
    static final int MAX_REGEX_SIZE = 10_000;

    /** Mistakes that are listed; whoever made more corrects these first. */
    static final int MAX_LISTED = 50;

    private static final int MAX_QUOTED = 253;
    private static final Pattern METHOD = Pattern.compile("[A-Z][A-Z-]*");
    private static final int MAX_PORT = 65535;

    private final List<FieldError> errors = new ArrayList<>();
    private int unlisted;

    public void add(String field, Object value, String reason, String remedy) {
        if (errors.size() == MAX_LISTED) {
            unlisted++;
            return;
        }
        errors.add(new FieldError(field, quote(String.valueOf(value)), reason, shorten(remedy)));
    }

    private static String quote(String value) {
        return value.length() > MAX_QUOTED ? value.substring(0, 32) + "…" : value;
    }

    /** A remedy may quote the value too. */
    private static String shorten(String remedy) {
        return remedy.length() > 2 * MAX_QUOTED ? remedy.substring(0, MAX_QUOTED) + "…" : remedy;
    }

    List<FieldError> list() {
        if (unlisted == 0) {
            return List.copyOf(errors);
        }
        var all = new ArrayList<>(errors);
        all.add(new FieldError(
                "spec",
                Integer.toString(unlisted),
                "is the number of mistakes not listed",
                "correct the others first"));
        return all;
    }

    public <T> void unique(String field, List<T> items, Function<T, ?> key, String what) {
        var seen = new HashSet<Object>();
        for (int i = 0; i < items.size(); i++) {
            var value = key.apply(items.get(i));
            if (!seen.add(value)) {
                add(field + "[" + i + "]", value, "the same " + what + " is given twice", "remove one of the two");
            }
        }
    }

    /** An absent number is no mistake. */
    public void range(String field, Optional<Integer> value, int min, int max) {
        value.filter(it -> it < min || it > max)
                .ifPresent(it -> add(field, it, "is out of range", "give a number from " + min + " to " + max));
    }

    /** An absent duration is no mistake; zero switches off. */
    public void notNegative(String field, Optional<Duration> duration) {
        duration.filter(Duration::isNegative)
                .ifPresent(value -> add(field, text(value), "is negative", "give 0s to switch it off"));
    }

    /** An absent duration is no mistake. */
    public void atLeast(String field, Optional<Duration> duration, Duration shortest) {
        duration.filter(value -> value.compareTo(shortest) < 0)
                .ifPresent(value -> add(
                        field, text(value), "is shorter than " + text(shortest), "give at least " + text(shortest)));
    }

    /** As a user writes it: {@code 1h30m}, {@code 250ms}. */
    public static String text(Duration duration) {
        var parts = new StringBuilder();
        part(parts, duration.toHours(), "h");
        part(parts, duration.toMinutesPart(), "m");
        part(parts, duration.toSecondsPart(), "s");
        part(parts, duration.toMillisPart(), "ms");
        return parts.isEmpty() ? "0s" : parts.toString();
    }

    private static void part(StringBuilder parts, long value, String unit) {
        if (value != 0) {
            parts.append(value).append(unit);
        }
    }

    /** Each a port, and none of them twice. */
    public void ports(String field, List<Integer> ports) {
        unique(field, ports, identity(), "port");
        for (int i = 0; i < ports.size(); i++) {
            port(field + "[" + i + "]", ports.get(i));
        }
    }

    public void port(String field, int port) {
        if (port < 1 || port > MAX_PORT) {
            add(field, port, "is not a port", "give a number from 1 to " + MAX_PORT);
        }
    }

    public void headerName(String field, String name) {
        if (!HeaderNames.isToken(name)) {
            add(field, name, "is not a name of a header", "use letters, digits and '-'");
        }
    }

    public void method(String field, String method) {
        if (!METHOD.matcher(method).matches()) {
            add(field, method, "is not an HTTP method", "write it in capitals, such as GET");
        }
    }

    public void regex(String field, String regex) {
        if (regex.length() > MAX_REGEX) {
            add(
                    field,
                    regex.substring(0, 32) + "…",
                    "is longer than " + MAX_REGEX + " characters",
                    "write a shorter expression");
            return;
        }
        if (RegexSize.of(regex) > MAX_REGEX_SIZE) {
            add(
                    field,
                    regex.length() > 32 ? regex.substring(0, 32) + "…" : regex,
                    "becomes longer than " + MAX_REGEX_SIZE + " characters when its repetitions are written out",
                    "repeat less often, or do not nest repetitions");
            return;
        }
        try {
            com.google.re2j.Pattern.compile(regex);
        } catch (com.google.re2j.PatternSyntaxException e) {
            add(
                    field,
                    regex,
                    "is not an RE2 regular expression: " + e.getDescription(),
                    "correct it; RE2 has no backreferences and no lookaround");
        }
    }
}
