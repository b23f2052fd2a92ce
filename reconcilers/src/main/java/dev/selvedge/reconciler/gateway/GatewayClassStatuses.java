// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Condition.Type;
import dev.selvedge.reconciler.gateway.ControllerObject.Reference;
import dev.selvedge.reconciler.gateway.ControllerObject.Spec;
import dev.selvedge.reconciler.gateway.ControllerObject.Status;
import dev.selvedge.reconciler.ingest.GatewayIngest;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/** What the status of a GatewayClass of ours says. The features of gateways are not listed. */
final class GatewayClassStatuses {
    private GatewayClassStatuses() {}

    static Status of(String name, Spec spec, GatewayConditions conditions) {
        return new Status(List.of(accepted(name, spec, conditions)), null);
    }

    private static Condition accepted(String name, Spec spec, GatewayConditions conditions) {
        if (!GatewayIngest.GATEWAY_CLASS.equals(name)) {
            return conditions.of(
                    Type.ACCEPTED.text(),
                    false,
                    "Unsupported",
                    "metadata.name: \"%s\": only the class \"%s\" is served; create that one, name it in Gateways, and delete this one."
                            .formatted(name, GatewayIngest.GATEWAY_CLASS));
        }
        var parameters = spec.parametersRef();
        return parameters == null
                ? conditions.of(
                        Type.ACCEPTED.text(), true, Reason.ACCEPTED.text(), "Gateways of this class are served.")
                : conditions.of(Type.ACCEPTED.text(), false, XMeshStatuses.INVALID_PARAMETERS, message(parameters));
    }

    private static String message(Reference parameters) {
        return "spec.parametersRef: \"%s/%s %s\": a class of ours has no parameters; leave parametersRef out."
                .formatted(parameters.group(), parameters.kind(), parameters.name());
    }
}
