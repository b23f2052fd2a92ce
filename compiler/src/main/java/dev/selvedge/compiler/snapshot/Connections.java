// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.time.Duration;
import java.util.Optional;

/** Connections of a client's proxy to pods. Absent fields are not set; zero of a limit means that there is none. */
public record Connections(
        Optional<Duration> connectTimeout,
        Optional<Duration> idle,
        Optional<Duration> lifetime,
        Optional<Integer> maxRequests,
        Optional<KeepAlive> keepAlive,
        Optional<Upgrade> upgrade) {
    public static final Connections NONE = new Connections(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** What becomes of HTTP/1.1 between proxies. */
    public enum Upgrade {
        NONE,
        HTTP2
    }

    /** In whole seconds. */
    public record KeepAlive(Duration time, Duration interval, int probes) {}
}
