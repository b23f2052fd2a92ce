// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.compile;

import java.util.List;
import java.util.SortedSet;

/** What is different between two listings. */
// The compiler gives the same set to all proxies; comparing ten thousand names for each is what this saves.
@SuppressWarnings("ReferenceEquality")
public record ListingChange(
        SortedSet<String> before, SortedSet<String> after, List<String> added, List<String> removed) {
    public ListingChange {
        added = List.copyOf(added);
        removed = List.copyOf(removed);
    }

    /** Compares two listings. */
    public static ListingChange between(SortedSet<String> before, SortedSet<String> after) {
        return before == after
                ? new ListingChange(before, after, List.of(), List.of())
                : new ListingChange(before, after, missing(before, after), missing(after, before));
    }

    boolean isBetween(SortedSet<String> these, SortedSet<String> those) {
        return before == these && after == those;
    }

    private static List<String> missing(SortedSet<String> from, SortedSet<String> names) {
        return names.stream().filter(name -> !from.contains(name)).toList();
    }
}
