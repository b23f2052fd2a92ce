// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.util.List;
import java.util.Optional;

/** A ReferenceGrant of the Gateway API: who from other namespaces may refer to what in its own. */
public record ReferenceGrant(ObjectName name, List<From> from, List<To> to) implements SnapshotObject {
    public ReferenceGrant {
        from = List.copyOf(from);
        to = List.copyOf(to);
    }

    /** @param kind group and kind as {@code group/Kind} */
    public record From(String kind, String namespace) {}

    /**
     * @param kind group and kind as {@code group/Kind}
     * @param name empty means all of them
     */
    public record To(String kind, Optional<String> name) {}

    /** Whether an object of this kind and namespace may refer to an object of the grant's own namespace. */
    public boolean allows(From who, String kind, String target) {
        return from.contains(who)
                && to.stream()
                        .anyMatch(it ->
                                it.kind().equals(kind) && it.name().stream().allMatch(target::equals));
    }

    @Override
    public ObjectRef ref() {
        return new ObjectRef(Kind.REFERENCE_GRANT, name);
    }
}
