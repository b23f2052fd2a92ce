// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The issuer that somebody else provides in a Secret, as cert-manager or Vault fill it: its key, its chain, and the
 * anchor that the chain leads to. What is wrong with it is found before it is used, by the operator and by the Job alike.
 */
public sealed interface ProvidedIssuer {
    /** How long an issuer that replaces a good one is left unused after its begin, for clocks that are behind. */
    Duration CLOCK_SKEW = Duration.ofMinutes(5);

    /** Each level costs every handshake. */
    int LONGEST_CHAIN = 4;

    /** @param reason what is wrong and what to do, in sentences */
    record Refused(String reason) implements ProvidedIssuer {}

    /**
     * @param issuer without the anchor, unless it is the anchor itself
     * @param anchor of {@code ca.crt}, the one that the chain leads to
     */
    record Usable(KeyAndChain issuer, X509Certificate anchor) implements ProvidedIssuer {
        /** From when on also those whose clock is behind take what it signs. */
        public Instant everywhereFrom() {
            return Stream.concat(issuer.chain().stream(), Stream.of(anchor))
                    .map(certificate -> certificate.getNotBefore().toInstant())
                    .max(Instant::compareTo)
                    .orElse(Instant.EPOCH)
                    .plus(CLOCK_SKEW);
        }
    }

    /**
     * Whom it has to vouch for.
     *
     * @param trustDomains of the workloads
     * @param dnsNames of the operator's own servers
     */
    record Names(SortedSet<String> trustDomains, List<String> dnsNames) {
        public Names {
            dnsNames = List.copyOf(dnsNames);
        }
    }

    /** @param entries of the Secret */
    static ProvidedIssuer check(Function<String, Optional<String>> entries, Names names, Clock clock) {
        try {
            for (var entry : List.of(TrustSecrets.CERTIFICATE, TrustSecrets.KEY, TrustSecrets.BUNDLE)) {
                if (entries.apply(entry).filter(text -> !text.isBlank()).isEmpty()) {
                    return new Refused("It has no entry " + entry
                            + ". Fill tls.crt with the issuer and its chain, tls.key with its key, ca.crt with the trust"
                            + " anchor.");
                }
            }
            var pair = KeyAndChain.fromPem(
                    entries.apply(TrustSecrets.CERTIFICATE).orElseThrow(),
                    entries.apply(TrustSecrets.KEY).orElseThrow());
            var anchors =
                    Pem.readCertificates(entries.apply(TrustSecrets.BUNDLE).orElseThrow());
            return check(pair, anchors, names, clock);
        } catch (IllegalArgumentException e) {
            // The messages of Pem say what cannot be read and never quote it.
            return new Refused(
                    "It cannot be read: " + e.getMessage() + ". PEM is expected in tls.crt, tls.key and ca.crt.");
        }
    }

    private static ProvidedIssuer check(KeyAndChain pair, List<X509Certificate> anchors, Names names, Clock clock) {
        var issuer = new KeyAndChain(pair.key(), withoutAnchor(pair.chain()));
        var chain = issuer.chain();
        if (chain.size() > LONGEST_CHAIN) {
            return new Refused("tls.crt has a chain of " + chain.size() + " certificates; at most " + LONGEST_CHAIN
                    + " are taken. Let an authority that is nearer to the trust anchor sign the issuer.");
        }
        var anchor = Certificates.signer(chain.getLast(), anchors);
        if (anchor.isEmpty()) {
            return new Refused("The chain in tls.crt does not lead to a certificate in ca.crt: none there signed "
                    + subject(chain.getLast()) + ". Put the missing intermediate into tls.crt or the trust anchor into"
                    + " ca.crt.");
        }
        var usable = new Usable(issuer, anchor.get());
        return AuthorityChecks.mistake(usable, clock.instant())
                .or(() -> new TrialLeaf(usable, clock, new SecureRandom()).mistake(names))
                .<ProvidedIssuer>map(Refused::new)
                .orElse(usable);
    }

    /** Some put the whole chain into tls.crt. The anchor is not sent, unless there is nothing else. */
    private static List<X509Certificate> withoutAnchor(List<X509Certificate> chain) {
        var last = chain.getLast();
        boolean selfSigned = last.getIssuerX500Principal().equals(last.getSubjectX500Principal());
        return selfSigned && chain.size() > 1 ? chain.subList(0, chain.size() - 1) : chain;
    }

    /** For messages. */
    static String subject(X509Certificate certificate) {
        return "\"" + certificate.getSubjectX500Principal().getName() + "\"";
    }
}
