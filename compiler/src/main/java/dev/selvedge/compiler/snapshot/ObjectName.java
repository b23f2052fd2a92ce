// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

/** Namespace and name; the namespace of a cluster-scoped object is empty. */
public record ObjectName(String namespace, String name) implements Comparable<ObjectName> {
    @Override
    public boolean equals(Object other) {
        return this == other
                || (other instanceof ObjectName another
                        && name.equals(another.name)
                        && namespace.equals(another.namespace));
    }

    @Override
    public int hashCode() {
        return namespace.hashCode() * 31 + name.hashCode();
    }

    @Override
    public int compareTo(ObjectName other) {
        int byNamespace = namespace.compareTo(other.namespace);
        return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
    }

    /** {@code namespace/name}, or the bare name of a cluster-scoped object. */
    @Override
    public String toString() {
        return namespace.isEmpty() ? name : namespace + "/" + name;
    }
}
