// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import dev.selvedge.api.v1alpha1.GatewayDuration;
import dev.selvedge.api.v1alpha1.MeshIdentity;
import dev.selvedge.reconciler.pki.KeyAlgorithm;
import dev.selvedge.reconciler.trust.Reason;
import dev.selvedge.reconciler.trust.Step;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the Job is asked for.
 *
 * @param from the state that the step was decided on; in any other it is done already, or not wanted any more
 * @param requested the token that the state is to show as taken up
 */
public record Plan(
        Owner owner,
        Step step,
        String from,
        Reason reason,
        @Nullable String requested,
        Making making) {

    private static final String ADDITIONAL = MeshIdentity.BundleSource.CONFIG_MAP.text();
    private static final String PROVIDED = MeshIdentity.IssuerSource.SECRET.text();

    /**
     * @param mesh the name of the Mesh
     * @param meshUid its uid; what was made for another Mesh is replaced
     */
    public record Owner(String mesh, String meshUid) {}

    /**
     * How authorities are made.
     *
     * @param additionalAnchors whether somebody else lists anchors to trust beside them
     * @param provided whether somebody else provides them; then the rest says nothing but the trust domain
     */
    public record Making(
            boolean provided,
            boolean additionalAnchors,
            String trustDomain,
            KeyAlgorithm algorithm,
            Duration anchorLifetime,
            Duration issuerLifetime) {}

    /** Reads {@code --name=value} arguments; durations are in the form of the Gateway API. */
    public static Plan parse(List<String> arguments) {
        var values = new HashMap<String, String>();
        for (var argument : arguments) {
            int equals = argument.indexOf('=');
            if (!argument.startsWith("--") || equals < 0) {
                throw new IllegalArgumentException(argument + ": arguments have the form --name=value");
            }
            values.put(argument.substring(2, equals), argument.substring(equals + 1));
        }
        return new Plan(
                new Owner(required(values, "mesh"), required(values, "mesh-uid")),
                Step.of(required(values, "step")),
                required(values, "from"),
                Reason.of(required(values, "reason")),
                values.get("requested"),
                new Making(
                        required(values, "issuer").equals(PROVIDED),
                        required(values, "trust-bundle").equals(ADDITIONAL),
                        required(values, "trust-domain"),
                        KeyAlgorithm.of(required(values, "algorithm")),
                        GatewayDuration.parse(required(values, "anchor-lifetime")),
                        GatewayDuration.parse(required(values, "issuer-lifetime"))));
    }

    private static String required(Map<String, String> values, String name) {
        var value = values.get(name);
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException("--" + name + " is missing");
        }
        return value;
    }
}
