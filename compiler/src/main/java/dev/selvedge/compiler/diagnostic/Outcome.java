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
 * @param effective when other policies have a say where this one has: who decides each field that is set there
 * @param parents of a route: what became of it at each parent of ours; empty when none is
 * @param listeners of a Gateway: what became of each, in the order of the spec
 */
public record Outcome(
        ObjectRef object,
        long generation,
        List<Condition> conditions,
        List<String> overriddenBy,
        List<Effective> effective,
        Map<HttpRoute.Parent, List<Condition>> parents,
        List<ListenerOutcome> listeners) {
    public Outcome {
        conditions = List.copyOf(conditions);
        overriddenBy = List.copyOf(overriddenBy);
        effective = List.copyOf(effective);
        parents = Map.copyOf(parents);
        listeners = List.copyOf(listeners);
    }

    public Outcome(ObjectRef object, long generation, List<Condition> conditions, List<String> overriddenBy) {
        this(object, generation, conditions, overriddenBy, List.of(), Map.of(), List.of());
    }

    /** The same with what is in force instead of parts of it. */
    public Outcome inForce(List<Effective> fields) {
        return new Outcome(object, generation, conditions, overriddenBy, fields, parents, listeners);
    }
}
