// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;

/** From when until when a certificate is good. */
public record Lifespan(Instant begin, Instant end) {
    private static final int PERCENT = 100;

    public static Lifespan of(X509Certificate certificate) {
        return new Lifespan(
                certificate.getNotBefore().toInstant(),
                certificate.getNotAfter().toInstant());
    }

    public boolean hasEnded(Instant now) {
        return !now.isBefore(end);
    }

    /** Whether no more than that part of its life is left. */
    public boolean isDownTo(int percent, Instant now) {
        long life = Duration.between(begin, end).toSeconds();
        long left = Math.max(0, Duration.between(now, end).toSeconds());
        return left * PERCENT <= life * percent;
    }
}
