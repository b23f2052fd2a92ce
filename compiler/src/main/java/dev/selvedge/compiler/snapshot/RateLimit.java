// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How many requests a pod takes.
 *
 * @param name unique in the policy
 * @param ports of the Service; empty means all that speak HTTP
 * @param key requests that differ in one of these are counted apart; empty means that all are counted together
 * @param requests in each {@code per}, on average
 * @param burst requests that may come at once; absent means {@code requests}
 */
public record RateLimit(
        String name,
        List<Integer> ports,
        Scope scope,
        List<Key> key,
        int requests,
        Duration per,
        Optional<Integer> burst,
        Mode mode) {
    public RateLimit {
        ports = List.copyOf(ports);
        key = List.copyOf(key);
    }

    public enum Scope {
        /** Each proxy counts for itself. */
        LOCAL,
        /** Each connection to a proxy is counted apart. */
        CONNECTION,
        /** The proxies of all pods count together; in fixed spans of time, without bursts. */
        GLOBAL
    }

    /** What requests are told apart by. */
    public sealed interface Key {
        /** The caller's identity. */
        record Caller() implements Key {}

        /** The value of a header. */
        record Header(String name) implements Key {}

        /** The address of the other end of the connection, without its port. */
        record RemoteAddress() implements Key {}
    }

    public enum Mode {
        ENFORCE,
        /** What would be refused is counted and let through. */
        AUDIT
    }
}
