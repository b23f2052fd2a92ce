// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.v1alpha1.TrustStatus;
import dev.selvedge.reconciler.pki.Certificates;
import dev.selvedge.reconciler.trust.TrustRecord;
import dev.selvedge.reconciler.trust.TrustState;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code status.trust}, as a pure function. */
final class TrustStatuses {
    private static final int NAMED = 10;

    private TrustStatuses() {}

    /** @param oldestWorkload when the certificate of a connected proxy that ends first ends */
    static TrustStatus of(TrustOutlook outlook, Optional<Instant> oldestWorkload) {
        var stored = outlook.stored();
        var decision = outlook.decision();
        return new TrustStatus(
                decision.stage(),
                decision.since().truncatedTo(ChronoUnit.SECONDS),
                anchors(outlook),
                stored.additional().stream().map(TrustStatuses::certificate).toList(),
                issuer(stored),
                outlook.trustDomains(),
                stored.record().requested(),
                decision.waiting()
                        .map(message -> new TrustStatus.WaitingFor(
                                message,
                                decision.proxies().size(),
                                decision.proxies().stream().limit(NAMED).toList()))
                        .orElse(null),
                stored.record().history().stream().map(TrustStatuses::past).toList(),
                // To the minute: with many proxies it changes all the time, and nobody acts on seconds.
                oldestWorkload.map(TrustStatuses::minutes).orElse(null),
                outlook.serving()
                        .map(certificate -> certificate.getNotAfter().toInstant())
                        .map(TrustStatuses::minutes)
                        .orElse(null));
    }

    private static Instant minutes(Instant end) {
        return end.truncatedTo(ChronoUnit.MINUTES);
    }

    private static List<TrustStatus.Certificate> anchors(TrustOutlook outlook) {
        var signer = outlook.stored().signer();
        return Stream.concat(
                        signer.stream(), outlook.stored().anchors().stream().filter(anchor -> !Optional.of(anchor)
                                .equals(signer)))
                .map(TrustStatuses::certificate)
                .toList();
    }

    /** What vouches for it may end before it does. */
    private static TrustStatus.Certificate issuer(TrustState stored) {
        return new TrustStatus.Certificate(Certificates.fingerprint(stored.issuer()), stored.issuerEnd());
    }

    private static TrustStatus.Certificate certificate(X509Certificate certificate) {
        return new TrustStatus.Certificate(
                Certificates.fingerprint(certificate), certificate.getNotAfter().toInstant());
    }

    private static TrustStatus.Past past(TrustRecord.Past past) {
        return new TrustStatus.Past(
                past.level(), past.reason(), past.outcome(), past.fingerprint(), past.started(), past.finished());
    }
}
