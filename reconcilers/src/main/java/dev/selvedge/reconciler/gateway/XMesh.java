// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the Gateway API speaks of a whole mesh, in its experimental channel; the fields that we read and write. */
@Group("gateway.networking.x-k8s.io")
@Version("v1alpha1")
@Plural("xmeshes")
@JsonIgnoreProperties(ignoreUnknown = true)
public final class XMesh extends CustomResource<XMesh.Spec, XMesh.Status> {
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
    public record Status(
            @Nullable List<Condition> conditions, @Nullable List<Feature> supportedFeatures) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Feature(String name) {}

    @Override
    protected @Nullable Spec initSpec() {
        return null;
    }

    @Override
    protected @Nullable Status initStatus() {
        return null;
    }
}
