// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What a replica needs to talk to another.
 *
 * @param serverName the name in the other's certificate
 * @param anchors whom to believe
 * @param token our own, for the audience {@code selvedge}
 */
public record PeerCredentials(String serverName, List<X509Certificate> anchors, String token) {
    public PeerCredentials {
        anchors = List.copyOf(anchors);
    }

    @Override
    public String toString() {
        return "PeerCredentials[" + serverName + ", token=redacted]";
    }
}
