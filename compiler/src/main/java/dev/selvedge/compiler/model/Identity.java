// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.TrustDomains;
import java.util.SortedSet;
import java.util.TreeSet;

/** Who a workload is. */
public record Identity(TrustDomains domains, ObjectName serviceAccount) {
    /** In the mesh's own trust domain. */
    public String spiffeId() {
        return in(domains.own());
    }

    /** In that trust domain: while a mesh moves, certificates may be of another than its own still. */
    public String in(String trustDomain) {
        return SpiffeId.of(trustDomain, serviceAccount.namespace(), serviceAccount.name());
    }

    /** By any of these a peer may know it. */
    public SortedSet<String> accepted() {
        return new TreeSet<>(SpiffeId.accepted(domains, serviceAccount));
    }
}
