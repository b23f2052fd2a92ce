// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

/** Names one object of the cluster. */
public record ObjectRef(Kind kind, ObjectName name) implements Comparable<ObjectRef> {
    public static ObjectRef of(Kind kind, String namespace, String name) {
        return new ObjectRef(kind, new ObjectName(namespace, name));
    }

    @Override
    public int compareTo(ObjectRef other) {
        int byKind = kind.compareTo(other.kind);
        return byKind != 0 ? byKind : name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return kind + " " + name;
    }
}
