// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.trust;

import dev.selvedge.reconciler.pki.Lifespan;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What a proxy acknowledged of the two secrets that it has.
 *
 * @param pod {@code namespace/name}
 * @param connected whether it is connected to a replica, or was a moment ago
 * @param awaySince when it was first missed; {@link Instant#EPOCH} when it is not, or nobody has looked yet
 * @param bundle the version of the trust bundle; {@link #UNKNOWN}, or {@link #NOTHING}
 * @param authority the anchor and trust domain that its own certificate is under, by {@link TrustVersions#authority}; or the same two
 * @param certificate from when until when its own certificate is good; empty when nobody knows
 */
public record ProxyTrust(
        String pod,
        boolean connected,
        Instant awaySince,
        String bundle,
        String authority,
        Optional<Lifespan> certificate) {
    /** It has not told yet. */
    public static final String UNKNOWN = "";

    /** It has begun, and asked for no such secret. */
    public static final String NOTHING = "-";

    /** Of a pod with a proxy that no replica has heard of. */
    public static ProxyTrust unheard(String pod) {
        return new ProxyTrust(pod, false, Instant.EPOCH, UNKNOWN, UNKNOWN, Optional.empty());
    }

    /** The same, missed since then. */
    ProxyTrust since(Instant missed) {
        return new ProxyTrust(pod, connected, missed, bundle, authority, certificate);
    }

    /** Whether it is worth waiting for: until its certificate ends, for a time after it was missed, or the stage began. */
    boolean waitedFor(Instant stage, Duration patience, Instant now) {
        var from = awaySince.isAfter(stage) ? awaySince : stage;
        return connected || (now.isBefore(from.plus(patience)) && !certificateEnded(now));
    }

    /** For a message. */
    public String named() {
        return pod + (connected ? "" : " (not connected)");
    }

    /** Whether its kubelet keeps its certificate, so that nobody tells which it is. */
    boolean isUntold() {
        return authority.equals(TrustVersions.UNTOLD);
    }

    boolean trusts(String version) {
        return bundle.equals(version) || bundle.equals(NOTHING);
    }

    boolean isUnder(String wanted) {
        return authority.equals(wanted) || authority.equals(NOTHING);
    }

    /** Nobody takes its certificate any more, whatever is trusted. */
    private boolean certificateEnded(Instant now) {
        return certificate.filter(life -> life.hasEnded(now)).isPresent();
    }
}
