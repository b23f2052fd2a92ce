// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.TrustDomains;
import java.util.List;

/** The identity of a workload, as its certificate carries it. */
public final class SpiffeId {
    private SpiffeId() {}

    /** {@code spiffe://<trust domain>/ns/<namespace>/sa/<service account>}. */
    public static String of(String trustDomain, String namespace, String serviceAccount) {
        return ofNamespace(trustDomain, namespace) + serviceAccount;
    }

    /** A service account in each of the domains that are accepted, the mesh's own first. */
    public static List<String> accepted(TrustDomains domains, ObjectName serviceAccount) {
        return domains.accepted()
                .map(domain -> of(domain, serviceAccount.namespace(), serviceAccount.name()))
                .toList();
    }

    /** What the identities of a namespace begin with, in each of the domains that are accepted. */
    public static List<String> acceptedOfNamespace(TrustDomains domains, String namespace) {
        return domains.accepted().map(domain -> ofNamespace(domain, namespace)).toList();
    }

    private static String ofNamespace(String trustDomain, String namespace) {
        return "spiffe://" + trustDomain + "/ns/" + namespace + "/sa/";
    }
}
