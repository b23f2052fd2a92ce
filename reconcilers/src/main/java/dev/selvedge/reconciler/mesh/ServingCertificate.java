// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import java.security.cert.X509Certificate;
import java.util.Optional;

/** The certificate of this replica's own servers. */
public interface ServingCertificate {
    /** Empty before there is an issuer. */
    Optional<X509Certificate> current();
}
