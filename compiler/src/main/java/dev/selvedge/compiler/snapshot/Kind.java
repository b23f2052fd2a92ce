// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

/** The kinds of object that the compiler reads. */
public enum Kind {
    MESH,
    NAMESPACE,
    NODE,
    SERVICE,
    ENDPOINT_SLICE,
    POD,
    TRAFFIC_POLICY,
    AUTHORIZATION_POLICY,
    GATEWAY,
    HTTP_ROUTE,
    GRPC_ROUTE,
    REFERENCE_GRANT,
    EXTERNAL_SERVICE;

    /** Whether the mesh answers objects of this kind with a status. */
    public boolean isWrittenByUsers() {
        return switch (this) {
            case MESH, TRAFFIC_POLICY, AUTHORIZATION_POLICY, GATEWAY, HTTP_ROUTE, GRPC_ROUTE, EXTERNAL_SERVICE -> true;
            case NAMESPACE, NODE, SERVICE, ENDPOINT_SLICE, POD, REFERENCE_GRANT -> false;
        };
    }
}
