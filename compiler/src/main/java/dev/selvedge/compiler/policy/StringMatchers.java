// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;

/** Envoy's comparisons of text. */
public final class StringMatchers {
    private StringMatchers() {}

    public static StringMatcher exact(String value) {
        return StringMatcher.newBuilder().setExact(value).build();
    }

    public static StringMatcher prefix(String value) {
        return StringMatcher.newBuilder().setPrefix(value).build();
    }

    /** RE2, matches the whole value. */
    public static StringMatcher regex(String expression) {
        return StringMatcher.newBuilder()
                .setSafeRegex(RegexMatcher.newBuilder().setRegex(expression))
                .build();
    }

    /** A path prefix without its trailing slash: {@code /a/} and {@code /a} mean the same; the root becomes empty. */
    public static String pathPrefix(String value) {
        return value.endsWith("/") ? value.substring(0, value.length() - 1) : value;
    }
}
