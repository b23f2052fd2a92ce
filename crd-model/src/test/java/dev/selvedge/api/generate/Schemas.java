// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.generate;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.util.Objects;
import java.util.function.BiConsumer;

/** Walks a schema. A path is written as users write it: {@code spec.routes[].name}. */
final class Schemas {
    private Schemas() {}

    static JSONSchemaProps root(CustomResourceDefinition definition) {
        return definition.getSpec().getVersions().getFirst().getSchema().getOpenAPIV3Schema();
    }

    static JSONSchemaProps property(JSONSchemaProps schema, String name) {
        return Objects.requireNonNull(schema.getProperties().get(name), name);
    }

    /** Visits every property under {@code schema}, in the order of the names, each before what is in it. */
    static void properties(JSONSchemaProps schema, BiConsumer<String, JSONSchemaProps> visitor) {
        properties("", schema, visitor);
    }

    private static void properties(String path, JSONSchemaProps schema, BiConsumer<String, JSONSchemaProps> visitor) {
        schema.getProperties().forEach((name, property) -> {
            String there = path.isEmpty() ? name : path + "." + name;
            visitor.accept(there, property);
            properties(there, property, visitor);
        });
        if (schema.getItems() != null) {
            properties(path + "[]", schema.getItems().getSchema(), visitor);
        }
    }
}
