// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import java.util.regex.Pattern;

/** Names of hosts as RFC 1123 has them, in lower case and without a dot at the end. */
public final class DnsName {
    /** Octets of a whole name in text (RFC 1035, 2.3.4). */
    private static final int MAX = 253;

    private static final String LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
    private static final Pattern HOST = Pattern.compile(LABEL + "([.]" + LABEL + ")+");
    private static final Pattern NUMBER_AT_END = Pattern.compile(".*[.][0-9]+");
    private static final String WILDCARD = "*.";

    private DnsName() {}

    /** A name of at least two labels that is not an address. */
    public static boolean isHost(String text) {
        return text.length() <= MAX
                && HOST.matcher(text).matches()
                && !NUMBER_AT_END.matcher(text).matches();
    }

    /** {@code *.} and a name. */
    public static boolean isWildcard(String text) {
        return text.startsWith(WILDCARD) && isHost(text.substring(WILDCARD.length()));
    }

    /** Whether a wildcard stands for a name, which has any number of labels more. */
    public static boolean covers(String wildcard, String host) {
        return wildcard.startsWith(WILDCARD) && host.endsWith(wildcard.substring(1));
    }
}
