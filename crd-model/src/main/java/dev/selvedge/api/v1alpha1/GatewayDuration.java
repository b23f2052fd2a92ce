// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as the Gateway API writes them (GEP-2257): {@code 10s}, {@code 1h30m}, {@code 250ms}. */
public final class GatewayDuration {
    /** The form that the schema demands; what matches, {@link #parse} reads. */
    public static final String PATTERN = "^([0-9]{1,5}(h|m|s|ms)){1,4}$";

    private static final Pattern WHOLE = Pattern.compile(PATTERN);
    private static final Pattern PART = Pattern.compile("([0-9]{1,5})(h|ms|m|s)");

    private GatewayDuration() {}

    /** Reads a duration; throws {@link IllegalArgumentException} for any other text. */
    public static Duration parse(String text) {
        if (!WHOLE.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a duration; write for example 250ms, 10s or 1h30m");
        }
        Duration total = Duration.ZERO;
        Matcher part = PART.matcher(text);
        while (part.find()) {
            total = total.plus(unit(part.group(2)).multipliedBy(Long.parseLong(part.group(1))));
        }
        return total;
    }

    private static Duration unit(String text) {
        return switch (text) {
            case "h" -> Duration.ofHours(1);
            case "m" -> Duration.ofMinutes(1);
            case "s" -> Duration.ofSeconds(1);
            case "ms" -> Duration.ofMillis(1);
            default -> throw new IllegalStateException(text);
        };
    }
}
