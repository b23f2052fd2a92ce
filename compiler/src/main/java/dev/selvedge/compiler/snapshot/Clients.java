// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import dev.selvedge.compiler.snapshot.TrafficPolicy.Source;
import java.util.List;
import java.util.Optional;

/**
 * Clients of a Service for whom its routes are the same.
 *
 * @param namespace theirs, when it has routes of its own to the Service
 * @param sources what of the clients that the Service's routes ask for these are
 */
public record Clients(Optional<String> namespace, List<Source> sources) {
    /** Those that no route tells from others. */
    public static final Clients ANY = new Clients(Optional.empty(), List.of());

    public Clients {
        sources = List.copyOf(sources);
    }

    /** Whether they are what a route asks for. */
    public boolean are(Optional<Source> source) {
        return source.stream().allMatch(sources::contains);
    }
}
