// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import java.security.cert.X509Certificate;
import java.util.Optional;

/** What the replica knows that runs the reconcilers. */
public interface ThisReplica {
    /** The certificate of its own servers; empty before there is an issuer. */
    Optional<X509Certificate> servingCertificate();

    /** Whether the API server offers PodCertificateRequests; empty before it was asked. */
    Optional<Boolean> podCertificates();
}
