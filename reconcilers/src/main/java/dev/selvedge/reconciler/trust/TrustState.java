// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.trust;

import dev.selvedge.reconciler.pki.Certificates;
import dev.selvedge.reconciler.pki.Pem;
import dev.selvedge.reconciler.pki.TrustSecrets;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is stored in the Secret with the issuer, without the keys. Every step of a rotation is one change of it.
 *
 * @param chain of the issuer, itself first, without the anchor
 * @param previous the issuer of the old anchor, while a rotation has switched to the new
 * @param by the anchor that signed the issuer; null when none of the bundle did
 * @param additional anchors beside the mesh's own, that are trusted too
 * @param bundle {@code ca.crt} as it is distributed
 */
public record TrustState(
        List<X509Certificate> chain,
        @Nullable X509Certificate by,
        @Nullable X509Certificate previous,
        List<X509Certificate> anchors,
        List<X509Certificate> additional,
        String bundle,
        TrustRecord record) {
    /** The identity of no state. */
    public static final String NONE = "none";

    public TrustState {
        chain = List.copyOf(chain);
        anchors = List.copyOf(anchors);
        additional = List.copyOf(additional);
    }

    /** Empty when the Secret is not there, cannot be read, or was made for a Mesh that is gone. */
    public static Optional<TrustState> of(Optional<Secret> secret, String meshUid) {
        return secret.filter(s -> s.getMetadata().getOwnerReferences().stream()
                        .map(OwnerReference::getUid)
                        .anyMatch(meshUid::equals))
                .flatMap(s -> read(entry -> TrustSecrets.text(s.getData(), entry)));
    }

    /** Reads the entries of the Secret; empty when they cannot be read. */
    public static Optional<TrustState> read(Function<String, Optional<String>> entries) {
        var certificate = entries.apply(TrustSecrets.CERTIFICATE);
        var bundle = entries.apply(TrustSecrets.BUNDLE);
        if (certificate.isEmpty() || bundle.isEmpty()) {
            return Optional.empty();
        }
        try {
            var chain = Pem.readCertificates(certificate.get());
            var anchors = Pem.readCertificates(bundle.get());
            return Optional.of(new TrustState(
                    chain,
                    Certificates.signer(chain.getLast(), anchors).orElse(null),
                    entries.apply(TrustSecrets.PREVIOUS_CERTIFICATE)
                            .map(pem -> Pem.readCertificates(pem).getFirst())
                            .orElse(null),
                    anchors,
                    entries.apply(TrustSecrets.ADDITIONAL)
                            .map(Pem::readCertificates)
                            .orElse(List.of()),
                    bundle.get(),
                    entries.apply(TrustSecrets.RECORD).map(TrustRecord::read).orElse(TrustRecord.EMPTY)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Tells this state from every other that was or will be. */
    public String id() {
        var text = Certificates.fingerprint(issuer())
                + (previous == null ? "" : Certificates.fingerprint(previous))
                + Pem.write(anchors)
                + Pem.write(additional)
                + record.json();
        return UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8)).toString();
    }

    /** What workloads trust. */
    public List<X509Certificate> trusted() {
        return Stream.concat(anchors.stream(), additional.stream()).distinct().toList();
    }

    /** The certificate that signs those of workloads. */
    public X509Certificate issuer() {
        return chain.getFirst();
    }

    /** When the issuer ends, or anything above it that vouches for it. */
    public Instant issuerEnd() {
        return Certificates.end(chain, signer());
    }

    /** The anchor that signed the issuer; empty when none of the bundle did. */
    public Optional<X509Certificate> signer() {
        return Optional.ofNullable(by);
    }

    /**
     * The anchor that is to follow; empty when no rotation is under way. When the mesh moves to another trust domain, it
     * may be the one that signs already.
     */
    public Optional<X509Certificate> next() {
        var named = Optional.ofNullable(record.next()).flatMap(next -> anchors.stream()
                .filter(anchor -> Certificates.fingerprint(anchor).equals(next.fingerprint()))
                .findFirst());
        if (named.isPresent() && (anchors.size() > 1 || move().isPresent())) {
            return named;
        }
        // Without a record somebody took the old anchor's Secret away, and the new one signs already.
        return anchors.size() > 1 ? signer() : Optional.empty();
    }

    /** The move to another trust domain that is under way. */
    public Optional<TrustRecord.Move> move() {
        return Optional.ofNullable(record.next()).map(TrustRecord.Next::move);
    }

    /** The trust domain of new certificates of workloads. */
    public String trustDomain(String otherwise) {
        return record.trustDomain() == null ? otherwise : record.trustDomain();
    }

    /** Whether the anchor that is to follow signs already, for the trust domain that is to follow. */
    public boolean switched() {
        return next().isPresent()
                && next().equals(signer())
                && move().map(move -> move.to().equals(record.trustDomain())).orElse(true);
    }

    /** Whether the issuer can sign nothing any more. */
    public boolean ended(Instant now) {
        return !now.isBefore(issuerEnd());
    }
}
