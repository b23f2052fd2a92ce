// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.diagnostic;

import dev.selvedge.compiler.snapshot.ObjectRef;
import java.util.List;

/**
 * What became of an object that a user wrote.
 *
 * @param generation the generation that was compiled
 * @param overriddenBy what wins over this object: kind, name and field, one sentence each
 */
public record Outcome(ObjectRef object, long generation, List<Condition> conditions, List<String> overriddenBy) {
    public Outcome {
        conditions = List.copyOf(conditions);
        overriddenBy = List.copyOf(overriddenBy);
    }
}
