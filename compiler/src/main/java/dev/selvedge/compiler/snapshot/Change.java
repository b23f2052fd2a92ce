// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

/** One event of the cluster. A {@code Put} replaces what was known of the object. */
public sealed interface Change {
    record Put(SnapshotObject object) implements Change {}

    record Remove(ObjectRef ref) implements Change {}
}
