// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import dev.selvedge.compiler.snapshot.ObjectName;
import java.time.Instant;
import java.util.Optional;

/**
 * Who presents a token, as the API server says.
 *
 * @param serviceAccount namespace and name
 * @param issuedAt when the token was issued
 * @param expiresAt when the token ends
 */
public record Caller(ObjectName serviceAccount, Binding binding, Instant issuedAt, Instant expiresAt) {
    /**
     * The pod that the token is bound to; both empty when it is bound to none.
     *
     * @param uid of the pod
     */
    public record Binding(String pod, String uid) {
        static final Binding NONE = new Binding("", "");
    }

    /** The bound pod: a service account's pods are in its own namespace. */
    public Optional<ObjectName> pod() {
        return binding.pod().isEmpty()
                ? Optional.empty()
                : Optional.of(new ObjectName(serviceAccount.namespace(), binding.pod()));
    }
}
