// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resource;

import com.google.protobuf.Duration;

/** Java's durations as protobuf's. */
public final class ProtoDuration {
    public static final Duration ZERO = Duration.getDefaultInstance();

    private ProtoDuration() {}

    public static Duration of(java.time.Duration duration) {
        return Duration.newBuilder()
                .setSeconds(duration.getSeconds())
                .setNanos(duration.getNano())
                .build();
    }

    public static Duration ofSeconds(long seconds) {
        return Duration.newBuilder().setSeconds(seconds).build();
    }

    public static Duration ofMillis(long millis) {
        return of(java.time.Duration.ofMillis(millis));
    }
}
