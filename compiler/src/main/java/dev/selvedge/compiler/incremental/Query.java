// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.incremental;

import dev.selvedge.compiler.snapshot.Reads;

/**
 * A computation, named by its value: a record whose components are its only input beside the {@link Computation}. Equal
 * queries have equal results.
 *
 * @param <V> the result; its {@code equals} decides whether a change goes further
 */
public interface Query<V> {
    V compute(Computation computation);

    /** All that a running query may ask; each question becomes one of its dependencies. */
    interface Computation {
        /** The objects of the cluster. */
        Reads reads();

        /** The result of another query. */
        <V> V get(Query<V> query);
    }
}
