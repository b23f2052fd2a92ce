// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.util.Map;

/** A namespace; its labels decide whether it belongs to the mesh. */
public record Namespace(String name, Map<String, String> labels) implements SnapshotObject {
    public Namespace {
        labels = Map.copyOf(labels);
    }

    @Override
    public ObjectRef ref() {
        return ObjectRef.of(Kind.NAMESPACE, "", name);
    }
}
