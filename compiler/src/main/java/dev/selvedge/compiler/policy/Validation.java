// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import dev.selvedge.compiler.diagnostic.FieldError;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.ExternalService;
import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Namespace;
import dev.selvedge.compiler.snapshot.Node;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.ReferenceGrant;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.util.List;

/**
 * What an object alone can get wrong. One set of rules for admission, which refuses the object, and for the compiler,
 * which never applies what admission would have refused.
 */
public final class Validation {
    private Validation() {}

    /** All mistakes of an object, in the order of its fields; empty when there are none. */
    public static List<FieldError> check(SnapshotObject object) {
        return switch (object) {
            case TrafficPolicy policy -> TrafficPolicyRules.check(policy);
            case AuthorizationPolicy policy -> AuthorizationPolicyRules.check(policy);
            case Mesh mesh -> MeshRules.check(mesh);
            case HttpRoute route -> HttpRouteRules.check(route);
            case ExternalService service -> ExternalServiceRules.check(service);
            case Gateway _, ReferenceGrant _, Namespace _, Node _, Service _, EndpointSlice _, Pod _ -> List.of();
        };
    }
}
