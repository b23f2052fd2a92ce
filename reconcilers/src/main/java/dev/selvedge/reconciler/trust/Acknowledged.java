// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.trust;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Who is still to acknowledge something.
 *
 * @param waiting the proxies that are waited for, those that are not connected marked as such
 * @param kubelets of how many of them the kubelet keeps the certificate
 */
record Acknowledged(List<String> waiting, long kubelets) {
    static final int NAMED = 10;

    /**
     * @param done whether a proxy has what is waited for
     * @param waitedFor whether it is worth waiting for
     */
    static Acknowledged of(List<ProxyTrust> proxies, Predicate<ProxyTrust> done, Predicate<ProxyTrust> waitedFor) {
        var waiting = proxies.stream()
                .filter(proxy -> !done.test(proxy))
                .filter(waitedFor)
                .toList();
        return new Acknowledged(
                waiting.stream().map(ProxyTrust::named).sorted().toList(),
                waiting.stream().filter(ProxyTrust::isUntold).count());
    }

    boolean byAll() {
        return waiting.isEmpty();
    }

    /** For a message about certificates: why some of them are waited for. */
    String untold() {
        return kubelets == 0
                ? ""
                : " The kubelets keep the certificates of " + kubelets
                        + " of them, and nobody tells which these are: they"
                        + " are waited for until all that were signed before have ended, for workload.lifetime and five"
                        + " minutes since the issuer was made.";
    }

    /** The first of them, for a message. */
    String named() {
        var names = waiting.stream().limit(NAMED).collect(Collectors.joining(", "));
        return waiting.size() > NAMED ? names + " and " + (waiting.size() - NAMED) + " more" : names;
    }
}
