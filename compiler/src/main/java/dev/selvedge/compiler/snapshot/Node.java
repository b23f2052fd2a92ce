// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

/**
 * A node of the cluster.
 *
 * @param zone {@code topology.kubernetes.io/zone}, empty when it has none
 * @param region {@code topology.kubernetes.io/region}, empty when it has none
 */
public record Node(String name, String zone, String region) implements SnapshotObject {
    @Override
    public ObjectRef ref() {
        return ObjectRef.of(Kind.NODE, "", name);
    }
}
