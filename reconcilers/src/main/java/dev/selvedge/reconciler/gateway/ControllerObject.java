// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.CustomResource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A cluster-scoped object of the Gateway API that names a controller; the fields that we read and write. */
@JsonIgnoreProperties(ignoreUnknown = true)
public abstract sealed class ControllerObject extends CustomResource<ControllerObject.Spec, ControllerObject.Status>
        permits GatewayClass, XMesh {
    /** @param controllerName immutable */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Spec(String controllerName, @Nullable Reference parametersRef) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Reference(
            String group,
            String kind,
            String name,
            @Nullable String namespace) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Status(
            @Nullable List<Condition> conditions, @Nullable List<Feature> supportedFeatures) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Feature(String name) {
        @JsonCreator
        public Feature {}

        /** As the experimental channel had it until version 1.2; other controllers' objects may still say it so. */
        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        static Feature of(String name) {
            return new Feature(name);
        }
    }

    @Override
    protected @Nullable Spec initSpec() {
        return null;
    }

    @Override
    protected @Nullable Status initStatus() {
        return null;
    }
}
