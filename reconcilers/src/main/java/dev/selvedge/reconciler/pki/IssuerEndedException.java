// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import java.time.Instant;

/** An issuer whose own certificate has ended signs nothing: what it signed would be worth nothing. */
public final class IssuerEndedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    IssuerEndedException(Instant end) {
        super("the issuer ended at " + end);
    }
}
