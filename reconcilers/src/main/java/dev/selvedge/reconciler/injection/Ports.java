// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.injection;

import java.util.Optional;
import java.util.regex.Pattern;

/** Port numbers that a user wrote as text. */
final class Ports {
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,5}");

    private Ports() {}

    static Optional<Integer> parse(String text) {
        return NUMBER.matcher(text).matches()
                ? Optional.of(Integer.valueOf(text)).filter(port -> port > 0 && port <= 65535)
                : Optional.empty();
    }
}
