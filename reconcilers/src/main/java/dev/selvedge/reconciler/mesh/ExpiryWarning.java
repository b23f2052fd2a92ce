// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.v1alpha1.TrustStatus.Stage;
import dev.selvedge.reconciler.pki.Certificates;
import dev.selvedge.reconciler.pki.Lifespan;
import dev.selvedge.reconciler.trust.ProxyTrust;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A certificate is about to end.
 *
 * @param key of the certificate, or whose it is, and of how far it has come, so that each is told once
 * @param percent the last of the marks that it has passed
 */
record ExpiryWarning(String key, int percent, String message) {
    /** Parts of a certificate's life, in percent; at the first, an Event; from the second on, also the condition. */
    private static final List<Integer> MARKS = List.of(3, 10, 30);

    private static final int URGENT_AT = 10;
    private static final int NAMED_PODS = 5;

    /** Whether somebody should look now. */
    boolean isUrgent() {
        return percent <= URGENT_AT;
    }

    /** Of each authority in use, our own servers, and proxies. */
    static List<ExpiryWarning> of(TrustOutlook outlook, Instant now) {
        var warnings = new ArrayList<ExpiryWarning>();
        var stored = outlook.stored();
        // At first a rotation that is under way is left to do its work.
        boolean minded = outlook.decision().stage() != Stage.STABLE
                || outlook.decision().step().isPresent();
        Stream.concat(
                        stored.signer().stream().flatMap(anchor -> of("trust anchor", anchor, now).stream()),
                        of("issuer", stored.issuer(), now).stream())
                .filter(warning -> warning.isUrgent() || !minded)
                .forEach(warnings::add);
        // It is renewed at half of its life, by nobody else: whatever is under way, it should not come to this.
        outlook.serving()
                .flatMap(serving -> of("operator's serving certificate", serving, now))
                .ifPresent(warnings::add);
        stored.additional().stream()
                .flatMap(anchor -> of("additional trust anchor", anchor, now).stream())
                .forEach(warnings::add);
        ofWorkloads(outlook.proxies(), now).ifPresent(warnings::add);
        return warnings;
    }

    private static Optional<ExpiryWarning> of(String what, X509Certificate certificate, Instant now) {
        var life = Lifespan.of(certificate);
        var fingerprint = Certificates.fingerprint(certificate);
        return passed(life, now)
                .map(percent -> new ExpiryWarning(
                        fingerprint + percent,
                        percent,
                        "The " + what + " " + fingerprint.substring(0, 8) + " ends at " + life.end() + ": less than "
                                + percent + " % of its life is left."));
    }

    private record Late(ProxyTrust proxy, Instant end, int percent) {
        static Stream<Late> of(ProxyTrust proxy, Instant now) {
            return proxy.certificate().stream()
                    .flatMap(life -> passed(life, now).map(percent -> new Late(proxy, life.end(), percent)).stream());
        }
    }

    /** Proxies get another certificate at half of its life: one that comes to the first mark is not renewed. */
    private static Optional<ExpiryWarning> ofWorkloads(List<ProxyTrust> proxies, Instant now) {
        var late = proxies.stream()
                .flatMap(proxy -> Late.of(proxy, now))
                .sorted(Comparator.comparing(Late::end)
                        .thenComparing(each -> each.proxy().pod()))
                .toList();
        return late.stream()
                .findFirst()
                .map(first -> new ExpiryWarning(
                        first.proxy().pod() + first.end() + first.percent(),
                        first.percent(),
                        "The certificate of the proxy of pod " + first.proxy().named() + " ends at " + first.end()
                                + ": less than " + first.percent() + " % of its life is left, and it was due for"
                                + " renewal at half." + others(late.subList(1, late.size()))
                                + " See the log of the proxy, or delete the pod."));
    }

    private static String others(List<Late> late) {
        if (late.isEmpty()) {
            return "";
        }
        var named = late.stream()
                .limit(NAMED_PODS)
                .map(each -> each.proxy().named())
                .collect(Collectors.joining(", "));
        var more = late.size() > NAMED_PODS ? " and " + (late.size() - NAMED_PODS) + " more" : "";
        return " The same is so of " + named + more + ".";
    }

    private static Optional<Integer> passed(Lifespan life, Instant now) {
        return MARKS.stream().filter(percent -> life.isDownTo(percent, now)).findFirst();
    }
}
