// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator;

import jakarta.inject.Singleton;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * What the Deployment tells the operator. Nothing about the mesh is configured here: that is in the Mesh.
 *
 * @param namespace the operator's own
 * @param pod the name of this replica
 * @param operatorImage this image, for rotation Jobs
 * @param proxyImage the image of sidecars and gateways
 */
@Singleton
public record Settings(
        @ConfigProperty(name = "pod.namespace", defaultValue = "selvedge-system") String namespace,
        @ConfigProperty(name = "pod.name", defaultValue = "selvedge") String pod,
        @ConfigProperty(name = "selvedge.operator.image", defaultValue = "selvedge.dev/operator:dev") String operatorImage,
        @ConfigProperty(name = "selvedge.proxy.image", defaultValue = "selvedge.dev/proxy:dev") String proxyImage) {
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
