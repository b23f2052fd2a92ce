// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import dev.selvedge.compiler.snapshot.ObjectName;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether the proxies that there were before this replica have come to it or to another one. Until then nothing can be
 * said of all proxies; a proxy that stays away does not hold up the answer for ever.
 */
public final class Settling {
    /** Envoy's longest pause between two attempts to connect to its control plane. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Supplier<Optional<Set<ObjectName>>> expected;
    private @Nullable Instant since;
    private volatile Optional<String> awaited = Optional.of("this replica has not read the whole cluster yet");

    /** @param expected the pods that have a proxy; empty until they are known */
    public Settling(Supplier<Optional<Set<ObjectName>>> expected) {
        this.expected = expected;
    }

    /** What is awaited, as a part of a sentence. */
    Optional<String> awaited() {
        return awaited;
    }

    /** Looks who has come. */
    void look(Supplier<Set<ObjectName>> connected, Instant now) {
        if (awaited.isEmpty()) {
            return;
        }
        var pods = expected.get();
        if (pods.isEmpty()) {
            return;
        }
        if (since == null) {
            since = now;
        }
        var here = connected.get();
        var missing = pods.get().stream().filter(pod -> !here.contains(pod)).count();
        awaited = missing == 0 || !now.isBefore(since.plus(PATIENCE))
                ? Optional.empty()
                : Optional.of("%d proxies have not connected since the operator started".formatted(missing));
    }
}
