// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;

/** Clients by their pods. It routes and does not protect: an AuthorizationPolicy decides who may call. */
@ApiObject
@ValidationRule(
        value = "has(self.namespaces) || has(self.labels)",
        message = "takes every client; give namespaces or labels, or leave source out")
public record ClientMatch(
        @Size(min = 1, max = 16)
        @JsonPropertyDescription("The client's namespace is one of these, at most 16. Default: any.")
        List<@Pattern(TrafficPolicySpec.DNS_LABEL) @Size(max = 63) String> namespaces,

        @Size(min = 1, max = 16)
        @JsonPropertyDescription("The client's pod has all these labels, at most 16. Default: any.")
        Map<String, @Pattern(LabelSelector.VALUE) @Size(max = 63) String> labels) {
    public ClientMatch {
        namespaces = namespaces == null ? List.of() : List.copyOf(namespaces);
        labels = labels == null ? Map.of() : Map.copyOf(labels);
    }
}
