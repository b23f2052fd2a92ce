// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api;

/** Labels that we read or write. */
public final class Labels {
    /** On a namespace: joins the mesh of that name (the default selector of a Mesh). */
    public static final String MESH = "selvedge.dev/mesh";

    /** On a pod: {@code Enabled} or {@code Disabled}; decides against the namespace. */
    public static final String INJECT = "selvedge.dev/inject";

    /** Set by us on pods that carry a proxy: {@code Sidecar} or {@code Gateway}. */
    public static final String PROXY = "selvedge.dev/proxy";

    /** On every object that we own: the name of the Mesh that it belongs to. */
    public static final String OWNED_BY = "selvedge.dev/owned-by";

    /** On the objects and pods of a gateway: its name (Gateway API, GEP-1762). */
    public static final String GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name";

    private Labels() {}
}
