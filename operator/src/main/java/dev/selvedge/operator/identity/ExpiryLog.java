// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import dev.selvedge.reconciler.pki.Issuer;
import dev.selvedge.reconciler.pki.Lifespan;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Says in each replica's log, once a minute, that the issuer is about to end or has ended. While the API server is away
 * there is no status and no Event to say it in.
 */
public final class ExpiryLog {
    private static final Logger LOG = Logger.getLogger(ExpiryLog.class);
    private static final Duration PAUSE = Duration.ofMinutes(1);
    private static final int URGENT_PERCENT = 10;

    private final Supplier<Optional<Issuer>> issuer;
    private final Clock clock;
    private Instant next = Instant.MIN;

    public ExpiryLog(Supplier<Optional<Issuer>> issuer, Clock clock) {
        this.issuer = issuer;
        this.clock = clock;
    }

    /** To be called every few seconds. */
    public void tick() {
        var now = clock.instant();
        if (!now.isBefore(next)) {
            issuer.get().flatMap(current -> message(current, now)).ifPresent(message -> {
                next = now.plus(PAUSE);
                LOG.error(message);
            });
        }
    }

    /** Empty while there is nothing to say. */
    static Optional<String> message(Issuer issuer, Instant now) {
        var end = issuer.notAfter();
        var life = new Lifespan(issuer.certificate().getNotBefore().toInstant(), end);
        if (life.hasEnded(now)) {
            return Optional.of("The issuer ended at " + end + " and no other has come. No certificate is made; open"
                    + " connections go on, and new ones fail where a certificate has ended. The rotation Job makes the"
                    + " next issuer as soon as the API server runs it.");
        }
        return life.isDownTo(URGENT_PERCENT, now)
                ? Optional.of("The issuer ends at " + end + ": less than " + URGENT_PERCENT
                        + " % of its life is left. No certificate outlives it.")
                : Optional.empty();
    }
}
