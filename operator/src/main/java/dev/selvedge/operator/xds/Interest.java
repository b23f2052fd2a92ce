// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import java.util.Collections;
import java.util.Set;
import java.util.SortedSet;
import org.agrona.collections.ObjectHashSet;
import org.jspecify.annotations.Nullable;

/** What a proxy asked for of one type. */
final class Interest {
    private final Set<String> asked = new ObjectHashSet<>();
    private boolean opened;
    private @Nullable SortedSet<String> listing;

    /** Whether there has been a request of this type on this stream; true only for the first call. */
    boolean open() {
        var first = !opened;
        opened = true;
        return first;
    }

    boolean isOpen() {
        return opened;
    }

    /** Names that it asked for one by one. */
    Set<String> asked() {
        return asked;
    }

    boolean isWildcard() {
        return listing != null;
    }

    /** What its wildcard last expanded to. */
    SortedSet<String> listing() {
        return listing == null ? Collections.emptySortedSet() : listing;
    }

    /** @param names null when it no longer has a wildcard */
    void list(@Nullable SortedSet<String> names) {
        listing = names;
    }

    boolean includes(String name) {
        return asked.contains(name) || listing().contains(name);
    }
}
