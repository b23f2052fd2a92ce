// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import dev.selvedge.compiler.snapshot.TrafficPolicy.Source;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * By what a Service tells its clients apart.
 *
 * @param namespaces that have routes of their own to the Service
 * @param sources that its routes ask for
 */
public record ClientGroups(SortedSet<String> namespaces, List<Source> sources) {
    /** All clients are the same. */
    public static final ClientGroups NONE = new ClientGroups(Collections.emptySortedSet(), List.of());

    public ClientGroups {
        namespaces = Collections.unmodifiableSortedSet(new TreeSet<>(namespaces));
        sources = List.copyOf(sources);
    }

    /** Whether all clients are the same. */
    public boolean isNone() {
        return namespaces.isEmpty() && sources.isEmpty();
    }

    /** The group of a pod. */
    public Clients of(String namespace, Map<String, String> labels) {
        return new Clients(
                Optional.of(namespace).filter(namespaces::contains),
                sources.stream()
                        .filter(source -> source.includes(namespace, labels))
                        .toList());
    }

    /** Whether some pod could belong to this group. */
    public boolean has(Clients clients) {
        return namespaces.containsAll(clients.namespace().stream().toList()) && sources.containsAll(clients.sources());
    }
}
