// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

/** Names one object of the cluster. */
public record ObjectRef(Kind kind, ObjectName name) implements Comparable<ObjectRef> {
    public static ObjectRef of(Kind kind, String namespace, String name) {
        return new ObjectRef(kind, new ObjectName(namespace, name));
    }

    @Override
    public boolean equals(Object other) {
        return this == other || (other instanceof ObjectRef ref && kind == ref.kind && name.equals(ref.name));
    }

    @Override
    public int hashCode() {
        return name.hashCode() * 31 + kind.ordinal();
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
