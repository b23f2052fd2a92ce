// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import java.util.Comparator;
import java.util.Optional;

/** Host names of the Gateway API: exact, {@code *.suffix} for any number of labels before it, or {@code *} for all. */
final class Hostnames {
    static final String ANY = "*";

    /** The most specific first: exact names, then wildcards with the longest suffix first. */
    static final Comparator<String> MOST_SPECIFIC_FIRST = Comparator.comparing(Hostnames::isWildcard)
            .thenComparing(Comparator.comparing(String::length).reversed())
            .thenComparing(Comparator.naturalOrder());

    private Hostnames() {}

    /** Whether each host that the narrower name matches is matched by the wider. */
    static boolean covers(String wider, String narrower) {
        return wider.equals(narrower) || isWildcard(wider) && narrower.endsWith(wider.substring(1));
    }

    /** The hosts that both match. */
    static Optional<String> intersection(String one, String other) {
        if (covers(one, other)) {
            return Optional.of(other);
        }
        return covers(other, one) ? Optional.of(one) : Optional.empty();
    }

    private static boolean isWildcard(String name) {
        return name.startsWith(ANY);
    }
}
