// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.reconciler.pki.Certificates;
import dev.selvedge.reconciler.pki.Pem;
import dev.selvedge.reconciler.pki.TrustSecrets;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The certificates of the mesh, as far as the operator may see them.
 *
 * @param bundle {@code ca.crt} as it is distributed
 */
public record Trust(X509Certificate issuer, List<X509Certificate> anchors, String bundle) {
    public Trust {
        anchors = List.copyOf(anchors);
    }

    /** Empty when the Secret is not there, cannot be read, or was made for a Mesh that is gone. */
    public static Optional<Trust> of(Optional<Secret> secret, String meshUid) {
        return secret.filter(s -> s.getMetadata().getOwnerReferences().stream()
                        .map(OwnerReference::getUid)
                        .anyMatch(meshUid::equals))
                .flatMap(Trust::read);
    }

    private static Optional<Trust> read(Secret secret) {
        var certificate = TrustSecrets.text(secret.getData(), TrustSecrets.CERTIFICATE);
        var bundle = TrustSecrets.text(secret.getData(), TrustSecrets.BUNDLE);
        if (certificate.isEmpty() || bundle.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Trust(
                    Pem.readCertificates(certificate.get()).getFirst(),
                    Pem.readCertificates(bundle.get()),
                    bundle.get()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    boolean due(Instant now) {
        return !now.isBefore(TrustSecrets.dueAt(issuer));
    }

    boolean ended(Instant now) {
        return !now.isBefore(issuer.getNotAfter().toInstant());
    }

    String fingerprint() {
        return Certificates.fingerprint(issuer);
    }
}
