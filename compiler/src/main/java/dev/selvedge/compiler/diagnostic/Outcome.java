// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.diagnostic;

import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.ObjectRef;
import java.util.List;
import java.util.Map;

/**
 * What became of an object that a user wrote.
 *
 * @param generation the generation that was compiled
 * @param overriddenBy what wins over this object: kind, name and field, one sentence each
 * @param parents of a route: what became of it at each parent of ours
 */
public record Outcome(
        ObjectRef object,
        long generation,
        List<Condition> conditions,
        List<String> overriddenBy,
        Map<HttpRoute.Parent, List<Condition>> parents) {
    public Outcome {
        conditions = List.copyOf(conditions);
        overriddenBy = List.copyOf(overriddenBy);
        parents = Map.copyOf(parents);
    }

    public Outcome(ObjectRef object, long generation, List<Condition> conditions, List<String> overriddenBy) {
        this(object, generation, conditions, overriddenBy, Map.of());
    }
}
