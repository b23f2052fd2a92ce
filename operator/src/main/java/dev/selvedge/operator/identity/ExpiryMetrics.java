// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import dev.selvedge.reconciler.pki.Certificates;
import dev.selvedge.reconciler.pki.Issuer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * When certificates end, as each replica sees it, in seconds since 1970: a number for each trust anchor and issuer, by
 * its fingerprint, and one for the replica's servers and one for the proxies, which are no number while there is none.
 */
public final class ExpiryMetrics {
    private static final String NAME = "selvedge.certificate.not.after";
    private static final String DESCRIPTION = "When the certificate ends; of several proxies, the one that ends first";
    private static final String UNIT = "seconds";
    private static final String LEVEL = "level";
    private static final String FINGERPRINT = "fingerprint";

    private ExpiryMetrics() {}

    /** @param workloads when the certificate of a connected proxy that ends first ends */
    public static void register(
            MeterRegistry meters,
            IssuerWatch issuers,
            ServingKeyManager serving,
            Supplier<Optional<Instant>> workloads) {
        var authorities =
                MultiGauge.builder(NAME).description(DESCRIPTION).baseUnit(UNIT).register(meters);
        issuers.onChange(() -> authorities.register(rows(issuers), true));
        gauge(meters, "serving", () -> serving.certificate()
                .map(certificate -> certificate.getNotAfter().toInstant()));
        gauge(meters, "workload", workloads);
    }

    private static List<MultiGauge.Row<?>> rows(IssuerWatch issuers) {
        var current = issuers.current().stream().toList();
        // While a rotation has switched, the operator's servers still have the issuer before.
        var signing =
                Stream.concat(current.stream(), issuers.serving().stream()).map(Issuer::certificate);
        return Stream.of(
                        rows("anchor", current.stream().flatMap(issuer -> issuer.anchors().stream())),
                        rows("additional", current.stream().flatMap(issuer -> issuer.additional().stream())),
                        rows("issuer", signing))
                .<MultiGauge.Row<?>>flatMap(Function.identity())
                .toList();
    }

    private static Stream<MultiGauge.Row<?>> rows(String level, Stream<X509Certificate> certificates) {
        return certificates
                .distinct()
                .map(certificate -> MultiGauge.Row.of(
                        Tags.of(LEVEL, level, FINGERPRINT, Certificates.fingerprint(certificate)),
                        certificate.getNotAfter().toInstant().getEpochSecond()));
    }

    private static void gauge(MeterRegistry meters, String level, Supplier<Optional<Instant>> end) {
        Gauge.builder(NAME, () -> end.get()
                        .map(Instant::getEpochSecond)
                        .map(Long::doubleValue)
                        .orElse(Double.NaN))
                .description(DESCRIPTION)
                .baseUnit(UNIT)
                // Every number of a name has the same labels.
                .tags(LEVEL, level, FINGERPRINT, "")
                .register(meters);
    }
}
