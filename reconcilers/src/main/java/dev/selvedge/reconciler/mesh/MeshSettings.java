// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import java.util.List;

/**
 * Where the operator runs.
 *
 * @param namespace the operator's own
 * @param service its Service, which the webhooks are reached by
 * @param image its image, which the rotation Job runs with another command
 * @param rateLimitImage the image of Envoy's rate limit service and its Redis
 */
public record MeshSettings(String namespace, String service, String image, String rateLimitImage) {
    /** The names of the operator's servers. */
    List<String> hosts() {
        var host = service + "." + namespace + ".svc";
        return List.of(host, host + ".cluster.local");
    }
}
