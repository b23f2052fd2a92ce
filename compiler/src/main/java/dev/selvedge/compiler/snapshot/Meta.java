// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

/**
 * Identity and age of an object that a user wrote.
 *
 * @param generation {@code metadata.generation}: which version of the spec this is
 * @param createdAt {@code metadata.creationTimestamp} in seconds since the epoch; with {@code uid} as tie-break it
 *     decides which of two equal policies wins (GEP-713: the oldest; names never decide)
 */
public record Meta(ObjectName name, String uid, long generation, long createdAt) {
    /** Orders by age, the oldest first. */
    public static int byAge(Meta a, Meta b) {
        int byTime = Long.compare(a.createdAt, b.createdAt);
        return byTime != 0 ? byTime : a.uid.compareTo(b.uid);
    }
}
