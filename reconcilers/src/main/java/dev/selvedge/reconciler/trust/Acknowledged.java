// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.trust;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Who is still to acknowledge something.
 *
 * @param waiting the proxies that are waited for, those that are not connected marked as such
 */
record Acknowledged(List<String> waiting) {
    static final int NAMED = 10;

    /**
     * @param done whether a proxy has what is waited for
     * @param waitedFor whether it is worth waiting for
     */
    static Acknowledged of(List<ProxyTrust> proxies, Predicate<ProxyTrust> done, Predicate<ProxyTrust> waitedFor) {
        return new Acknowledged(proxies.stream()
                .filter(proxy -> !done.test(proxy))
                .filter(waitedFor)
                .map(ProxyTrust::named)
                .sorted()
                .toList());
    }

    boolean byAll() {
        return waiting.isEmpty();
    }

    /** The first of them, for a message. */
    String named() {
        var names = waiting.stream().limit(NAMED).collect(Collectors.joining(", "));
        return waiting.size() > NAMED ? names + " and " + (waiting.size() - NAMED) + " more" : names;
    }
}
