// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

/** The identity of a workload, as its certificate carries it. */
public final class SpiffeId {
    private SpiffeId() {}

    /** {@code spiffe://<trust domain>/ns/<namespace>/sa/<service account>}. */
    public static String of(String trustDomain, String namespace, String serviceAccount) {
        return "spiffe://" + trustDomain + "/ns/" + namespace + "/sa/" + serviceAccount;
    }
}
