// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.diagnostic.Condition;
import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.policy.Validation;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Meta;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What became of an object of a user. */
public final class Outcomes {
    private Outcomes() {}

    /**
     * Empty for other kinds and for an object that does not exist. Of a route without a parent of ours it says nothing,
     * but in which generation there is none.
     *
     * @param traffic what the TrafficPolicies say of a Service
     * @param routes what became of a route, which counts at its Gateways
     */
    public static Optional<Outcome> of(
            Reads reads,
            Function<ObjectName, ServiceTraffic> traffic,
            Function<ObjectRef, Optional<Outcome>> routes,
            ObjectRef object) {
        return switch (object.kind()) {
            case MESH ->
                reads.meshes().stream()
                        .filter(mesh -> mesh.ref().equals(object))
                        .findFirst()
                        .map(mesh -> of(reads, mesh));
            case TRAFFIC_POLICY ->
                reads.trafficPolicy(object.name()).map(policy -> TrafficPolicyOutcomes.of(reads, traffic, policy));
            case AUTHORIZATION_POLICY ->
                reads.authorizationPolicy(object.name()).map(policy -> AuthorizationPolicyOutcomes.of(reads, policy));
            case GATEWAY -> reads.gateway(object.name()).map(gateway -> GatewayOutcomes.of(reads, routes, gateway));
            case HTTP_ROUTE, GRPC_ROUTE ->
                reads.httpRoute(object).map(route -> HttpRouteOutcomes.of(reads, traffic, route));
            case EXTERNAL_SERVICE ->
                reads.externalService(object.name()).map(service -> ExternalServiceOutcomes.of(reads, service));
            case NAMESPACE, NODE, SERVICE, ENDPOINT_SLICE, POD, REFERENCE_GRANT -> Optional.empty();
        };
    }

    private static Outcome of(Reads reads, Mesh mesh) {
        var inForce = reads.mesh().orElse(mesh);
        if (!inForce.equals(mesh)) {
            var winner = "Mesh " + inForce.meta().name();
            return outcome(
                    mesh.ref(),
                    mesh.meta(),
                    List.of(Conditions.notAccepted(
                            Reason.CONFLICTED,
                            winner + " is older and in force; a cluster has one mesh. Delete one of the two.")),
                    List.of(winner + " is in force"));
        }
        return outcome(
                mesh.ref(),
                mesh.meta(),
                List.of(Conditions.invalid(
                                Validation.check(mesh), "These values are not used; the rest of the Mesh is in force.")
                        .orElseGet(() -> Conditions.accepted("The Mesh is in force."))),
                List.of());
    }

    static Outcome outcome(ObjectRef object, Meta meta, List<Condition> conditions, List<String> overriddenBy) {
        return new Outcome(object, meta.generation(), conditions, overriddenBy);
    }
}
