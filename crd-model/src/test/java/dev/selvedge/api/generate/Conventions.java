// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.generate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What fabric8's generator cannot say, by rule and not by field, so that a new field needs nothing here.
 *
 * <ul>
 *   <li>Every list is atomic, and so is every map and every selector: in a {@code set} or {@code map} list, what another
 *       field manager added survives a server-side apply. Conditions alone are a map by type.
 *   <li>Integers have a format: generations and lifetime counters are {@code int64}, everything else {@code int32}.
 *   <li>Quantities have the pattern of Kubernetes.
 *   <li>Kinds, {@code spec} and {@code status} have descriptions; status has a default that says "not seen yet".
 * </ul>
 */
final class Conventions {
    private static final ObjectMapper SORTING = JsonMapper.builder()
            .configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true)
            .build();
    private static final Set<String> INT64 = Set.of("observedGeneration", "corrected");
    private static final Set<String> SELECTORS = Set.of("selector", "namespaceSelector");
    private static final String QUANTITY =
            "^[+]?(([0-9]+([.][0-9]*)?)|([.][0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE][-+]?[0-9]+))?$";

    private Conventions() {}

    static CustomResourceDefinition apply(CustomResourceDefinition definition) {
        Kinds kind = Kinds.of(definition.getSpec().getNames().getKind());
        definition.getSpec().getVersions().getFirst().setAdditionalPrinterColumns(kind.columns());

        JSONSchemaProps root = Schemas.root(definition);
        root.setDescription(kind.description());
        Schemas.properties(root, Conventions::property);

        JSONSchemaProps spec = Schemas.property(root, "spec");
        spec.setDescription("What is wanted. The operator never changes it.");
        kind.defaultSpec()
                .ifPresentOrElse(
                        value -> spec.setDefault(
                                sorted(new KubernetesSerialization().convertValue(value, JsonNode.class))),
                        () -> root.setRequired(List.of("spec")));
        JSONSchemaProps status = Schemas.property(root, "status");
        status.setDescription("What is so. Written by the operator alone.");
        status.setDefault(notSeenYet(kind));
        return definition;
    }

    private static void property(String path, JSONSchemaProps property) {
        String name = path.substring(path.lastIndexOf('.') + 1);
        if (name.equals("conditions")) {
            property.setXKubernetesListType("map");
            property.setXKubernetesListMapKeys(List.of("type"));
        } else if ("array".equals(property.getType())) {
            property.setXKubernetesListType("atomic");
        }
        if (property.getItems() != null) {
            integer(name, property.getItems().getSchema());
        }
        if (property.getAdditionalProperties() != null) {
            property.setXKubernetesMapType("atomic");
            quantity(property.getAdditionalProperties().getSchema());
        }
        if (SELECTORS.contains(name)) {
            property.setXKubernetesMapType("atomic");
        }
        integer(name, property);
        property.setDefault(sorted(property.getDefault()));
    }

    /** A map of Java has its entries in any order. */
    private static @Nullable JsonNode sorted(@Nullable JsonNode value) {
        return value == null ? null : SORTING.valueToTree(SORTING.convertValue(value, Object.class));
    }

    private static void integer(String name, JSONSchemaProps schema) {
        if ("integer".equals(schema.getType())) {
            schema.setFormat(INT64.contains(name) ? "int64" : "int32");
        }
    }

    private static void quantity(JSONSchemaProps schema) {
        if (Boolean.TRUE.equals(schema.getXKubernetesIntOrString())) {
            schema.setPattern(QUANTITY);
            schema.setMaxLength(32L);
        }
    }

    private static JsonNode notSeenYet(Kinds kind) {
        ObjectNode status = new ObjectMapper().createObjectNode().put("observedGeneration", -1);
        kind.pending().forEach(type -> status.withArray("conditions")
                .addObject()
                .put("type", type)
                .put("status", "Unknown")
                .put("observedGeneration", 0)
                .put("lastTransitionTime", "1970-01-01T00:00:00Z")
                .put("reason", "Pending")
                .put("message", "The operator has not seen this object yet."));
        return status;
    }
}
