// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Trust anchors beside the mesh's own, as somebody else lists them. All of them can be used, or none is. */
public sealed interface AdditionalAnchors {
    /** Each is sent to every proxy, and each is one more key that can be stolen. */
    int MOST = 16;

    /** @param reason what is wrong and what to do, in sentences */
    record Refused(String reason) implements AdditionalAnchors {}

    record Usable(List<X509Certificate> anchors) implements AdditionalAnchors {
        public Usable {
            anchors = List.copyOf(anchors);
        }
    }

    /** @param pem the entry {@code ca.crt} */
    static AdditionalAnchors check(Optional<String> pem, Instant now) {
        if (pem.filter(text -> !text.isBlank()).isEmpty()) {
            return new Refused("It has no entry ca.crt. Fill it with trust anchors as PEM.");
        }
        try {
            var anchors = Pem.readCertificates(pem.get()).stream().distinct().toList();
            if (anchors.size() > MOST) {
                return new Refused("It has " + anchors.size() + " trust anchors; at most " + MOST + " are taken.");
            }
            return anchors.stream()
                    .flatMap(anchor -> AuthorityChecks.mistake(anchor, now).stream())
                    .findFirst()
                    .<AdditionalAnchors>map(Refused::new)
                    .orElseGet(() -> new Usable(anchors));
        } catch (IllegalArgumentException e) {
            return new Refused("It cannot be read: " + e.getMessage() + ". PEM is expected in ca.crt.");
        }
    }
}
