// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import dev.selvedge.api.v1alpha1.GatewayDuration;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the Job is asked for.
 *
 * @param mesh the name of the Mesh
 * @param meshUid its uid; what was made for another Mesh is replaced
 */
public record Plan(String mesh, String meshUid, String trustDomain, Duration anchorLifetime, Duration issuerLifetime) {
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
                required(values, "mesh"),
                required(values, "mesh-uid"),
                required(values, "trust-domain"),
                GatewayDuration.parse(required(values, "anchor-lifetime")),
                GatewayDuration.parse(required(values, "issuer-lifetime")));
    }

    private static String required(Map<String, String> values, String name) {
        var value = values.get(name);
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException("--" + name + " is missing");
        }
        return value;
    }
}
