// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.diagnostic;

import dev.selvedge.compiler.snapshot.ObjectRef;

/** An object, in one generation of its spec, that shaped a resource. */
public record Origin(ObjectRef object, long generation) implements Comparable<Origin> {
    @Override
    public int compareTo(Origin other) {
        int byObject = object.compareTo(other.object);
        return byObject != 0 ? byObject : Long.compare(generation, other.generation);
    }
}
