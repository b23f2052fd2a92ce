// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of an {@link ExternalService}. */
@ApiObject
public record ExternalServiceStatus(
        @JsonPropertyDescription("The generation of the spec that this status speaks of; -1 until the operator has seen"
                + " the object.")
        long observedGeneration,

        @JsonPropertyDescription("Accepted: the object can be used and nothing conflicts with it. ResolvedRefs: the"
                + " namespaces that it names exist and belong to the mesh. Programmed: every proxy that it concerns"
                + " acknowledged it.")
        List<Condition> conditions,

        @JsonPropertyDescription("The proxies that hold what the object shapes. Listeners are the same for every"
                + " namespace, so these are more than the proxies of those for whom it is.")
        @Nullable
        ProxyCounts proxies,

        @JsonPropertyDescription("What wins over this object: its kind and name, and the host and port that it decides"
                + " about, one entry each.")
        List<String> overriddenBy) {
    public ExternalServiceStatus {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
        overriddenBy = overriddenBy == null ? List.of() : List.copyOf(overriddenBy);
    }
}
