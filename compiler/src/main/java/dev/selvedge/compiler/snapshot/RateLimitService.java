// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

/**
 * Who counts for rate limits that all pods of a Service share: a Service that speaks Envoy's rate limit protocol.
 *
 * @param domain what our limits are filed under there
 * @param failure what becomes of a request when it does not answer
 */
public record RateLimitService(ObjectName service, int port, String domain, Failure failure) {
    public enum Failure {
        ALLOW,
        DENY
    }
}
