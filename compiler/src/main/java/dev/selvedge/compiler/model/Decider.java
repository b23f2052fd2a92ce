// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import dev.selvedge.compiler.snapshot.ObjectRef;

/** Who decides what holds. */
public sealed interface Decider {
    /** @param field where it says so, such as {@code spec.routes[testers].timeouts.request} */
    record Of(ObjectRef object, String field) implements Decider {}

    /** Nobody says anything: the default of the mesh. */
    record Nobody() implements Decider {}
}
