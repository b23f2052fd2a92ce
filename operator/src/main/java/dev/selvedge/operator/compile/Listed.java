// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.compile;

import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.operator.compile.CompileLoop.Found;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All that a wildcard expands to, with its resources: one instance for all the proxies that have it. Only of resources
 * that no user's object shapes and that need no others.
 */
public final class Listed {
    /** Held by nobody. */
    public static final Listed NOTHING = new Listed(Collections.emptySortedSet(), List.of());

    private final SortedSet<String> names;
    private final List<Served> resources;
    private final Map<String, Served> byName;
    private final int size;

    /** Guarded by the loop's lock. */
    private int holders;

    private Listed(SortedSet<String> names, List<Served> resources) {
        this.names = names;
        this.resources = List.copyOf(resources);
        this.byName = resources.stream()
                .collect(Collectors.toUnmodifiableMap(served -> served.key().name(), Function.identity()));
        this.size = resources.stream().mapToInt(Served::size).sum();
    }

    /** Empty when nothing is listed, or not all of it can be held as one. */
    public static Optional<Listed> of(SortedSet<String> names, List<Found> found) {
        var resources = found.stream()
                .flatMap(each -> Optional.ofNullable(each.served()).stream())
                .toList();
        var isWhole = !names.isEmpty()
                && resources.size() == names.size()
                && resources.stream().allMatch(Listed::isUnshaped);
        return isWhole ? Optional.of(new Listed(names, resources)) : Optional.empty();
    }

    private static boolean isUnshaped(Served served) {
        return served.origins().isEmpty()
                && served.requires().isEmpty()
                && served.groups().isNone();
    }

    /** The names, as the wildcard's listing has them. */
    public SortedSet<String> names() {
        return names;
    }

    /** In the order of their names. */
    public List<Served> resources() {
        return resources;
    }

    /** Null when it is not listed. */
    public @Nullable Served get(String name) {
        return byName.get(name);
    }

    /** How many bytes all of it adds to a response. */
    public int size() {
        return size;
    }

    List<ResourceKey> keys() {
        return resources.stream().map(Served::key).toList();
    }

    Listed hold() {
        holders++;
        return this;
    }

    /** Whether nobody holds it any more. */
    boolean leave() {
        return --holders == 0;
    }
}
