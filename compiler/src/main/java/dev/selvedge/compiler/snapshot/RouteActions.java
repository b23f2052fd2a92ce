// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a route does to requests and answers beside choosing where they go. Both front ends mean the same by it.
 *
 * @param answer given by the proxy itself; the request then goes nowhere
 */
public record RouteActions(
        Optional<Answer> answer,
        Optional<Rewrite> rewrite,
        HeaderChanges requestHeaders,
        HeaderChanges responseHeaders,
        Optional<Cors> cors) {
    /** Nothing. */
    public static final RouteActions NONE = new RouteActions(
            Optional.empty(), Optional.empty(), HeaderChanges.NONE, HeaderChanges.NONE, Optional.empty());

    /** An answer of the proxy itself. */
    public sealed interface Answer {
        /**
         * Sends the client elsewhere; what is absent stays as it was asked for.
         *
         * @param status 301, 302, 303, 307 or 308
         */
        record Redirect(
                Optional<String> scheme,
                Optional<String> hostname,
                Optional<Integer> port,
                Optional<PathChange> path,
                int status)
                implements Answer {}

        /** @param status 200 to 599 */
        record Direct(int status, String body) implements Answer {}
    }

    /** What the server is asked for instead of what the client asked for. */
    public record Rewrite(Optional<String> hostname, Optional<PathChange> path) {}

    /** How a path is changed; the query stays. */
    public sealed interface PathChange {
        record Full(String path) implements PathChange {}

        /** Replaces the prefix that the route matched; only for routes that match by prefix. */
        record Prefix(String replacement) implements PathChange {}

        /**
         * Replaces what an expression finds.
         *
         * @param pattern RE2
         * @param substitution may refer to groups of the pattern as {@code \1}
         */
        record Regex(String pattern, String substitution) implements PathChange {}
    }

    /** Removal comes first, then what is set, then what is added. Names are compared without case; values are literal. */
    public record HeaderChanges(List<Header> set, List<Header> add, List<String> remove) {
        /** Nothing. */
        public static final HeaderChanges NONE = new HeaderChanges(List.of(), List.of(), List.of());

        public HeaderChanges {
            set = List.copyOf(set);
            add = List.copyOf(add);
            remove = List.copyOf(remove);
        }
    }

    /** A header and its value. */
    public record Header(String name, String value) {}

    /**
     * Which pages of other origins may call from a browser.
     *
     * @param allowMethods {@code *} means every method
     * @param allowHeaders {@code *} means every header
     */
    public record Cors(
            List<StringMatch> allowOrigins,
            boolean allowCredentials,
            List<String> allowMethods,
            List<String> allowHeaders,
            List<String> exposeHeaders,
            Optional<Duration> maxAge) {
        public Cors {
            allowOrigins = List.copyOf(allowOrigins);
            allowMethods = List.copyOf(allowMethods);
            allowHeaders = List.copyOf(allowHeaders);
            exposeHeaders = List.copyOf(exposeHeaders);
        }
    }

    /**
     * A share of requests.
     *
     * @param perMillion 0 to 1,000,000
     */
    public record Share(int perMillion) {
        public static final Share ALL = new Share(1_000_000);

        public static Share percent(int percent) {
            return new Share(percent * 10_000);
        }

        /** Rounded down to millionths. */
        public static Share fraction(int numerator, int denominator) {
            return new Share((int) Math.min(1_000_000L, numerator * 1_000_000L / Math.max(1, denominator)));
        }
    }
}
