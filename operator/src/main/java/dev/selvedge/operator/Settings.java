// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator;

import java.util.List;

/**
 * What the Deployment tells the operator. Nothing about the mesh is configured here: that is in the Mesh.
 *
 * @param namespace the operator's own
 * @param pod the name of this replica
 * @param operatorImage this image, for rotation Jobs
 * @param proxyImage the image of sidecars and gateways
 */
public record Settings(String namespace, String pod, String operatorImage, String proxyImage) {
    /** The name of the operator's Service, Deployment and ServiceAccount. */
    public static final String NAME = "selvedge";

    /** The port of the webhooks behind the Service's 443. */
    public static final int WEBHOOK_PORT = 9443;

    /** The host name that proxies connect to, and that the serving certificate names. */
    public String host() {
        return NAME + "." + namespace + ".svc";
    }

    /** All names under which the API server and the proxies know the operator. */
    public List<String> hosts() {
        return List.of(host(), host() + ".cluster.local");
    }
}
