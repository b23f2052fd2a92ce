// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.MeshIdentity;
import dev.selvedge.api.v1alpha1.MeshStatus;
import dev.selvedge.reconciler.status.Conditions;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who makes the keys of proxies that start now. */
enum Provisioning {
    CONTROL_PLANE,
    POD_CERTIFICATE,
    /** Pod certificates are wished for, and the control plane makes the keys. */
    NOT_OFFERED;

    private static final String TYPE = "PodCertificates";

    static Provisioning of(MeshIdentity.Provisioning wished, boolean offered) {
        return switch (wished) {
            case CONTROL_PLANE -> CONTROL_PLANE;
            case POD_CERTIFICATE -> offered ? POD_CERTIFICATE : NOT_OFFERED;
        };
    }

    /** What the last replica that led knew. */
    static boolean wasOffered(@Nullable MeshStatus status) {
        return status != null
                && status.conditions().stream()
                        .anyMatch(condition ->
                                condition.type().equals(TYPE) && condition.status() == Condition.Status.TRUE);
    }

    /** Empty where nobody asked. */
    Optional<Condition> condition(Conditions conditions) {
        return switch (this) {
            case CONTROL_PLANE -> Optional.empty();
            case POD_CERTIFICATE ->
                Optional.of(conditions.of(
                        TYPE,
                        true,
                        "Offered",
                        "The kubelet makes the keys of proxies that start, and the operator signs them."));
            case NOT_OFFERED ->
                Optional.of(conditions.of(
                        TYPE,
                        false,
                        "NotOffered",
                        "The API server serves no podcertificaterequests of certificates.k8s.io/v1beta1, so the control plane"
                                + " makes the keys of proxies. Enable the API on all servers and nodes, or set"
                                + " spec.identity.provisioning to ControlPlane."));
        };
    }
}
