// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import dev.selvedge.compiler.snapshot.LoadBalancing.HashKey;
import java.util.Optional;

/** Two versions of a Service, by their subsets, and which gets the requests. */
public sealed interface Release {
    String stable();

    String next();

    /**
     * @param percent what {@code next} gets, 0 to 100
     * @param sticky by what a caller is known that stays with its version
     */
    record Canary(String stable, String next, int percent, Optional<HashKey> sticky) implements Release {}

    /** @param active the one that gets all */
    record BlueGreen(String stable, String next, String active) implements Release {}
}
