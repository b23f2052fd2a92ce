// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static java.util.stream.Collectors.joining;

import dev.selvedge.compiler.diagnostic.Condition;
import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Condition.Type;
import dev.selvedge.compiler.diagnostic.FieldError;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.List;
import java.util.Optional;

/** The conditions that several kinds share. */
final class Conditions {
    private Conditions() {}

    static Condition accepted(String message) {
        return new Condition(Type.ACCEPTED, true, Reason.ACCEPTED, message);
    }

    static Condition notAccepted(Reason reason, String message) {
        return new Condition(Type.ACCEPTED, false, reason, message);
    }

    /** @param unresolved what leads nowhere, one sentence each, without its full stop */
    static Condition resolvedRefs(Reason reason, List<String> unresolved) {
        return unresolved.isEmpty()
                ? new Condition(Type.RESOLVED_REFS, true, Reason.RESOLVED_REFS, "All references lead somewhere.")
                : new Condition(Type.RESOLVED_REFS, false, reason, sentences(unresolved));
    }

    static Optional<Condition> invalid(List<FieldError> errors, String consequence) {
        return errors.isEmpty()
                ? Optional.empty()
                : Optional.of(notAccepted(
                        Reason.INVALID,
                        errors.stream().map(FieldError::message).collect(joining(". ", "", ". ")) + consequence));
    }

    /** Whether a namespace keeps a policy from having effect. */
    static Optional<Condition> outside(Reads reads, String namespace) {
        if (reads.mesh().isEmpty()) {
            return Optional.of(noMesh());
        }
        return Membership.isMember(reads, namespace)
                ? Optional.empty()
                : Optional.of(notAccepted(
                        Reason.NOT_A_MEMBER,
                        "Namespace " + namespace + " does not belong to the mesh, so this has no effect."
                                + " Label it as spec.members.namespaceSelector of the Mesh says."));
    }

    static Condition noMesh() {
        return notAccepted(Reason.NO_MESH, "There is no Mesh, so this has no effect. Create one.");
    }

    static String sentences(List<String> sentences) {
        return sentences.stream().distinct().map(text -> text + ".").collect(joining(" "));
    }
}
