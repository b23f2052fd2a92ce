// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

/** The kinds of object that the compiler reads. */
public enum Kind {
    MESH,
    NAMESPACE,
    SERVICE,
    ENDPOINT_SLICE,
    POD,
    TRAFFIC_POLICY,
    AUTHORIZATION_POLICY,
    GATEWAY,
    HTTP_ROUTE
}
