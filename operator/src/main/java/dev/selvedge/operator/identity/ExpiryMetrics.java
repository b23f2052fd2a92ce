// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import dev.selvedge.reconciler.pki.Issuer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** When certificates end, as each replica sees it, in seconds since 1970; no number where there is none. */
public final class ExpiryMetrics {
    private static final String NAME = "selvedge.certificate.not.after";

    private ExpiryMetrics() {}

    /** @param workloads when the certificate of a connected proxy that ends first ends */
    public static void register(
            MeterRegistry meters,
            IssuerWatch issuers,
            ServingKeyManager serving,
            Supplier<Optional<Instant>> workloads) {
        gauge(meters, "anchor", () -> issuers.current().flatMap(issuer -> first(issuer.anchors())));
        gauge(meters, "additional", () -> issuers.current().flatMap(issuer -> first(issuer.additional())));
        gauge(meters, "issuer", () -> issuers.current().map(Issuer::notAfter));
        gauge(meters, "serving", () -> serving.certificate().map(ExpiryMetrics::end));
        gauge(meters, "workload", workloads);
    }

    private static Optional<Instant> first(List<X509Certificate> anchors) {
        return anchors.stream().map(ExpiryMetrics::end).min(Comparator.naturalOrder());
    }

    private static Instant end(X509Certificate certificate) {
        return certificate.getNotAfter().toInstant();
    }

    private static void gauge(MeterRegistry meters, String level, Supplier<Optional<Instant>> end) {
        Gauge.builder(NAME, () -> end.get()
                        .map(Instant::getEpochSecond)
                        .map(Long::doubleValue)
                        .orElse(Double.NaN))
                .description("When the certificate of that level that ends first ends")
                .baseUnit("seconds")
                .tag("level", level)
                .register(meters);
    }
}
