// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import dev.selvedge.reconciler.pki.Issuer;
import dev.selvedge.reconciler.pki.Pem;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** The answer to a PodCertificateRequest, within the bounds that the API server sets. */
final class PodCertificateStatus {
    /**
     * For clocks that are behind ours. The API server refuses a certificate that began five minutes ago or earlier, by its
     * own clock at the moment when it gets it; two seconds are left for the way there, and if that was too little, half a
     * minute.
     */
    static final List<Duration> BACKDATED = List.of(Duration.ofSeconds(298), Duration.ofSeconds(270));

    private static final Duration SHORTEST = Duration.ofHours(1);

    private PodCertificateStatus() {}

    /**
     * @param lifetime from the beginning to the end
     * @param begin of the certificate
     * @return empty when the issuer ends too soon
     */
    static Optional<Map<String, Object>> issued(
            Issuer issuer,
            PublicKey key,
            String spiffeId,
            Duration lifetime,
            Instant begin,
            Instant now,
            RandomGenerator random) {
        var end = begin.plus(lifetime).isBefore(issuer.notAfter()) ? begin.plus(lifetime) : issuer.notAfter();
        var life = Duration.between(begin, end);
        if (life.compareTo(SHORTEST) < 0) {
            return Optional.empty();
        }
        var refresh =
                begin.plus(WorkloadCertificates.untilRenewal(life, random)).truncatedTo(ChronoUnit.SECONDS);
        return Optional.of(Map.of(
                "conditions",
                condition("Issued", "Signed", "The certificate names " + spiffeId + ".", now),
                "certificateChain",
                Pem.write(issuer.signWorkload(key, spiffeId, begin, end)),
                "notBefore",
                begin.toString(),
                "beginRefreshAt",
                refresh.toString(),
                "notAfter",
                end.toString()));
    }

    static Map<String, Object> denied(String reason, String message, Instant now) {
        return Map.of("conditions", condition("Denied", reason, message, now));
    }

    private static List<Map<String, String>> condition(String type, String reason, String message, Instant now) {
        return List.of(Map.of(
                "type",
                type,
                "status",
                "True",
                "reason",
                reason,
                "message",
                message,
                "lastTransitionTime",
                now.truncatedTo(ChronoUnit.SECONDS).toString()));
    }
}
