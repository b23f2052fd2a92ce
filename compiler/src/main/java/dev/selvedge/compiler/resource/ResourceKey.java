// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resource;

/**
 * What identifies a resource: its type, its xDS name, and for whom it is compiled.
 *
 * <p>It is a key of large tables and is looked up for each resource of each proxy. Its equality, and that of the names
 * within, is written out: the one that a record gets by itself costs several times as much in code that is not hot yet.
 */
public record ResourceKey(ResourceType type, String name, Context context) {
    @Override
    public boolean equals(Object other) {
        return this == other
                || (other instanceof ResourceKey key
                        && type == key.type
                        && name.equals(key.name)
                        && context.equals(key.context));
    }

    @Override
    public int hashCode() {
        return (name.hashCode() * 31 + type.ordinal()) * 31 + context.hashCode();
    }
}
