// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.time.Duration;

/** How a client's proxy asks endpoints whether they serve. */
public record HealthCheck(
        Protocol protocol, Duration interval, Duration timeout, int unhealthyAfter, int healthyAfter) {
    public sealed interface Protocol {
        record Http(String path) implements Protocol {}

        /** @param service empty for the whole server */
        record Grpc(String service) implements Protocol {}

        record Tcp() implements Protocol {}
    }
}
