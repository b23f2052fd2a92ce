// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Condition.Type;
import dev.selvedge.reconciler.gateway.ControllerObject.Feature;
import dev.selvedge.reconciler.gateway.ControllerObject.Reference;
import dev.selvedge.reconciler.gateway.ControllerObject.Spec;
import dev.selvedge.reconciler.gateway.ControllerObject.Status;
import java.util.List;
import java.util.Optional;

/** What the status of an XMesh of ours says. */
final class XMeshStatuses {
    /** As the Gateway API names it. */
    static final String INVALID_PARAMETERS = "InvalidParameters";

    private static final String GROUP = "selvedge.dev";
    private static final String KIND = "Mesh";

    private record Verdict(boolean accepted, String reason, String message) {
        static Verdict invalid(String message) {
            return new Verdict(false, INVALID_PARAMETERS, message);
        }
    }

    private XMeshStatuses() {}

    /** @param meshes names of the Meshes that there are, the one in force first */
    static Status of(Spec spec, List<String> meshes, GatewayConditions conditions) {
        var verdict = verdict(Optional.ofNullable(spec.parametersRef()), meshes);
        return new Status(
                List.of(conditions.of(Type.ACCEPTED.text(), verdict.accepted(), verdict.reason(), verdict.message())),
                MeshFeatures.ALL.stream().map(Feature::new).toList());
    }

    private static Verdict verdict(Optional<Reference> parameters, List<String> meshes) {
        var problem = parameters.flatMap(reference -> problem(reference, meshes));
        return problem.orElseGet(() -> meshes.isEmpty()
                ? new Verdict(
                        false,
                        Reason.NO_MESH.text(),
                        "There is no Mesh of selvedge.dev in the cluster; create one, such as config/samples/mesh.yaml.")
                : new Verdict(true, Reason.ACCEPTED.text(), "Mesh " + meshes.getFirst() + " is in force."));
    }

    private static Optional<Verdict> problem(Reference reference, List<String> meshes) {
        var remedy = meshes.isEmpty()
                ? "; create a Mesh and name it"
                : "; name Mesh " + meshes.getFirst() + ", which is in force, or leave parametersRef out";
        if (!GROUP.equals(reference.group()) || !KIND.equals(reference.kind())) {
            return Optional.of(Verdict.invalid("spec.parametersRef: \"%s/%s\" is not understood, only %s/%s is%s."
                    .formatted(reference.group(), reference.kind(), GROUP, KIND, remedy)));
        }
        if (reference.namespace() != null) {
            return Optional.of(Verdict.invalid(
                    "spec.parametersRef.namespace: \"%s\" is given, and a Mesh has no namespace; leave it out."
                            .formatted(reference.namespace())));
        }
        if (!meshes.contains(reference.name())) {
            return Optional.of(Verdict.invalid(
                    "spec.parametersRef.name: there is no Mesh \"%s\"%s.".formatted(reference.name(), remedy)));
        }
        return meshes.getFirst().equals(reference.name())
                ? Optional.empty()
                : Optional.of(
                        Verdict.invalid("spec.parametersRef.name: Mesh \"%s\" is not in force, since a cluster has"
                                        .formatted(reference.name())
                                + " one mesh and another is older" + remedy + "."));
    }
}
