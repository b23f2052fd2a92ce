// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.injection;

import dev.selvedge.api.v1alpha1.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirementBuilder;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Which namespaces belong to the mesh: those that the Mesh selects, but never the system's or the operator's own, since a
 * mesh that is down must not keep them from starting.
 *
 * @param operatorNamespace where the operator runs
 */
public record MeshMembers(LabelSelector selector, String operatorNamespace) {
    /** Set by the API server on every namespace. */
    static final String NAMESPACE_NAME = "kubernetes.io/metadata.name";

    /** The namespaces that never belong. */
    public List<String> excluded() {
        return List.of(operatorNamespace, "kube-system", "kube-node-lease", "kube-public");
    }

    public boolean includes(String namespace, Map<String, String> labels) {
        return !excluded().contains(namespace)
                && labels.entrySet().containsAll(selector.matchLabels().entrySet())
                && selector.matchExpressions().stream().allMatch(requirement -> matches(requirement, labels));
    }

    private static boolean matches(LabelSelector.Requirement requirement, Map<String, String> labels) {
        var present = labels.containsKey(requirement.key());
        var listed = present && requirement.values().contains(labels.get(requirement.key()));
        return switch (requirement.operator()) {
            case IN -> listed;
            case NOT_IN -> !listed;
            case EXISTS -> present;
            case DOES_NOT_EXIST -> !present;
        };
    }

    /** The same as a selector of the API server. */
    io.fabric8.kubernetes.api.model.LabelSelector kubernetes() {
        return new io.fabric8.kubernetes.api.model.LabelSelectorBuilder()
                .withMatchLabels(selector.matchLabels())
                .withMatchExpressions(Stream.concat(
                                selector.matchExpressions().stream().map(MeshMembers::kubernetes),
                                Stream.of(notExcluded()))
                        .toList())
                .build();
    }

    LabelSelectorRequirement notExcluded() {
        return requirement(NAMESPACE_NAME, "NotIn", excluded());
    }

    private static LabelSelectorRequirement kubernetes(LabelSelector.Requirement requirement) {
        var operator =
                switch (requirement.operator()) {
                    case IN -> "In";
                    case NOT_IN -> "NotIn";
                    case EXISTS -> "Exists";
                    case DOES_NOT_EXIST -> "DoesNotExist";
                };
        return requirement(requirement.key(), operator, requirement.values());
    }

    static LabelSelectorRequirement requirement(String key, String operator, List<String> values) {
        return new LabelSelectorRequirementBuilder()
                .withKey(key)
                .withOperator(operator)
                .withValues(values)
                .build();
    }
}
