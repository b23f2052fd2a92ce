// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import java.util.List;

/**
 * What holds, and who says so.
 *
 * @param over who says something here too, and is not heard
 */
public record Decided<T>(T value, Decider by, List<Decider> over) {
    public Decided {
        over = List.copyOf(over);
    }

    public Decided(T value, Decider by) {
        this(value, by, List.of());
    }
}
