// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import dev.selvedge.compiler.snapshot.ObjectName;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which service accounts of the mesh may call a Service, as the policies in force say. Callers that prove no identity are
 * not spoken of.
 *
 * @param others for everybody who is not named
 * @param named by service account, or by {@link #anyOf} for the rest of a namespace; only what differs from what the more
 *     general entry says
 */
public record Callers(Extent others, SortedMap<ObjectName, Extent> named) {
    private static final String ANY = "*";

    /** Everybody. */
    public static final ObjectName EVERYBODY = new ObjectName("", ANY);

    /** What is so when nobody may call. */
    public static final Callers NOBODY = new Callers(Extent.NEVER, Collections.emptySortedMap());

    /** How much of what a Service offers. */
    public enum Extent {
        NEVER,
        /** Some requests, ports or pods, or from some addresses. */
        SOMETIMES,
        ALWAYS;

        /** What holds for two parts together. */
        public Extent and(Extent other) {
            return this == other ? this : SOMETIMES;
        }
    }

    public Callers {
        named = Collections.unmodifiableSortedMap(new TreeMap<>(named));
    }

    /** The service accounts of a namespace. */
    public static ObjectName anyOf(String namespace) {
        return new ObjectName(namespace, ANY);
    }

    /** Whether a name is one of {@link #anyOf}. */
    public static boolean isNamespace(ObjectName name) {
        return name.name().equals(ANY);
    }

    /** How much a service account may call. */
    public Extent of(ObjectName account) {
        return named.getOrDefault(account, named.getOrDefault(anyOf(account.namespace()), others));
    }
}
