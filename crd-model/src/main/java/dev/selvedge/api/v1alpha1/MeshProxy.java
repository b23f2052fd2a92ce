// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;

/** {@code spec.proxy} of a {@link Mesh}: the container that is added to each pod. */
@ApiObject
@ValidationRule(
        value = "duration(self.drain) <= duration('1h')",
        fieldPath = ".drain",
        message = "must not be longer than 1h")
public record MeshProxy(
        @Default("{}")
        @JsonPropertyDescription(
                "Compute resources of the proxy container. Holds for pods that are created afterwards.")
        Resources resources,

        @Default("10s")
        @Pattern(GatewayDuration.PATTERN)
        @Size(max = 32)
        @JsonPropertyDescription("How long the containers of a pod go on serving after it was told to end, so that its"
                + " clients can forget it first; for containers without a preStop hook of their own. A duration such"
                + " as 10s, at most 1h; parts of a second are rounded up. At most half of the pod's"
                + " terminationGracePeriodSeconds is used. Default: 10s. Holds for pods that are created afterwards.")
        String drain) {
    static final MeshProxy DEFAULT = new MeshProxy(Resources.DEFAULT, "10s");

    public MeshProxy {
        resources = requireNonNullElse(resources, Resources.DEFAULT);
        drain = requireNonNullElse(drain, "10s");
    }

    /** As {@code resources} of a container. Empty requests are not the default ones, so they are written. */
    @ApiObject
    @ValidationRule(
            value = "self.requests.all(k, k in ['cpu', 'memory', 'ephemeral-storage'])",
            fieldPath = ".requests",
            message = "takes cpu, memory and ephemeral-storage")
    @ValidationRule(
            value = "!has(self.limits) || self.limits.all(k, k in ['cpu', 'memory', 'ephemeral-storage'])",
            fieldPath = ".limits",
            message = "takes cpu, memory and ephemeral-storage")
    @ValidationRule(
            value = "!has(self.limits) || self.limits.all(k, !(k in self.requests)"
                    + " || quantity(string(self.requests[k])).compareTo(quantity(string(self.limits[k]))) <= 0)",
            fieldPath = ".limits",
            message = "must not be below the requests")
    public record Resources(
            @JsonInclude(JsonInclude.Include.NON_NULL)
            @Default("{\"cpu\": \"20m\", \"memory\": \"96Mi\"}")
            @Size(max = 3)
            @JsonPropertyDescription("What the scheduler reserves: cpu, memory, ephemeral-storage, as quantities"
                    + " (cores or bytes). Default: cpu 20m, memory 96Mi.")
            Map<String, Quantity> requests,

            @Size(max = 3)
            @JsonPropertyDescription(
                    "What the container may use at most: cpu, memory, ephemeral-storage, as quantities."
                            + " Default: no limit.")
            Map<String, Quantity> limits) {
        static final Resources DEFAULT =
                new Resources(Map.of("cpu", new Quantity("20m"), "memory", new Quantity("96Mi")), Map.of());

        public Resources {
            requests = requests == null ? DEFAULT.requests : Map.copyOf(requests);
            limits = limits == null ? Map.of() : Map.copyOf(limits);
        }
    }
}
