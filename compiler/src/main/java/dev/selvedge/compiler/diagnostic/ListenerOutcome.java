// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.diagnostic;

import java.util.List;

/**
 * What became of a listener of a Gateway.
 *
 * @param kinds of routes that may attach to it, as {@code group/Kind}
 * @param attachedRoutes how many accepted routes are attached to it, be it served or not
 */
public record ListenerOutcome(String name, List<Condition> conditions, List<String> kinds, int attachedRoutes) {
    public ListenerOutcome {
        conditions = List.copyOf(conditions);
        kinds = List.copyOf(kinds);
    }

    /** Whether the listener is served. */
    public boolean isAccepted() {
        return conditions.stream()
                .allMatch(condition -> condition.type() != Condition.Type.ACCEPTED || condition.status());
    }
}
