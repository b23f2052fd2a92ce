// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

/** One event of the cluster. A {@code Put} replaces what was known of the object. */
public sealed interface Change {
    /** The object that it is about. */
    ObjectRef ref();

    record Put(SnapshotObject object) implements Change {
        @Override
        public ObjectRef ref() {
            return object.ref();
        }
    }

    record Remove(ObjectRef ref) implements Change {}
}
