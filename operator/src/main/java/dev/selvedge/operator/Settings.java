// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator;

import dev.selvedge.compiler.snapshot.ObjectName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the Deployment tells the operator. Nothing about the mesh is configured here: that is in the Mesh.
 *
 * @param namespace the operator's own
 * @param pod the name of this replica
 * @param operatorImage this image, for rotation Jobs
 * @param proxyImage the image of sidecars and gateways
 * @param rateLimitImage the image of the rate limit service
 */
public record Settings(String namespace, String pod, String operatorImage, String proxyImage, String rateLimitImage) {
    /** The name of the operator's Service, Deployment and ServiceAccount. */
    public static final String NAME = "selvedge";

    /** The port of the webhooks behind the Service's 443. */
    public static final int WEBHOOK_PORT = 9443;

    /** The token, for the audience {@code selvedge}, by which this replica proves itself to the others. */
    private static final Path TOKEN = Path.of("/var/run/secrets/selvedge.dev/token");

    /** The service account of every replica. */
    public ObjectName serviceAccount() {
        return new ObjectName(namespace, NAME);
    }

    /** This replica's token, read anew since kubelet replaces it; empty outside of a pod. */
    public Optional<String> token() {
        try {
            return Optional.of(Files.readString(TOKEN).strip());
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /** The host name that proxies connect to, and that the serving certificate names. */
    public String host() {
        return NAME + "." + namespace + ".svc";
    }

    /** All names under which the API server and the proxies know the operator. */
    public List<String> hosts() {
        return List.of(host(), host() + ".cluster.local");
    }
}
