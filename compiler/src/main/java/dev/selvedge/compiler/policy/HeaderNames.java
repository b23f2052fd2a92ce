// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.snapshot.RouteActions.Header;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Which headers a route may change. */
public final class HeaderNames {
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_|~`-]+");
    private static final Pattern VALUE = Pattern.compile("[\\t\\x20-\\x7e\\x{80}-\\x{10ffff}]*");

    /** Changed by a rewrite, by the proxies themselves, or by nobody. */
    private static final Set<String> RESERVED = Set.of("host", ProxyPorts.DESTINATION_HEADER);

    private HeaderNames() {}

    static boolean isToken(String name) {
        return TOKEN.matcher(name).matches();
    }

    /** Whether a name can be removed or set. */
    public static boolean canBeChanged(String name) {
        var lower = name.toLowerCase(Locale.ROOT);
        return isToken(name) && !RESERVED.contains(lower) && !lower.startsWith("x-envoy-");
    }

    /** Whether this name can be given this value. */
    public static boolean canBeSet(Header header) {
        return canBeChanged(header.name()) && VALUE.matcher(header.value()).matches();
    }
}
