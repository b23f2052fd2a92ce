// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

/** One object of the cluster, reduced to what the compiler reads of it. */
public sealed interface SnapshotObject
        permits Mesh,
                Namespace,
                Node,
                Service,
                EndpointSlice,
                Pod,
                TrafficPolicy,
                AuthorizationPolicy,
                Gateway,
                HttpRoute,
                ReferenceGrant,
                ExternalService {
    ObjectRef ref();
}
