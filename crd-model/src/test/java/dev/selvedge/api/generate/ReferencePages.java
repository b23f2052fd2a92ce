// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.generate;

import com.fasterxml.jackson.databind.JsonNode;
import dev.selvedge.api.v1alpha1.GatewayDuration;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionNames;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Renders a definition as a page of the reference. */
final class ReferencePages {
    private ReferencePages() {}

    static String page(CustomResourceDefinition definition) {
        CustomResourceDefinitionNames names = definition.getSpec().getNames();
        JSONSchemaProps root = Schemas.root(definition);
        var page = new StringBuilder();
        page.append("<!-- Generated from the types in crd-model by `make generate`; do not edit. -->\n");
        page.append("# ").append(names.getKind()).append("\n\n");
        page.append(root.getDescription()).append("\n\n");
        page.append("`apiVersion: %s/%s`, `kind: %s`, %s. `kubectl get %s.%s`%s.\n\n"
                .formatted(
                        definition.getSpec().getGroup(),
                        definition.getSpec().getVersions().getFirst().getName(),
                        names.getKind(),
                        definition.getSpec().getScope().equals("Cluster") ? "cluster scoped" : "namespaced",
                        names.getPlural(),
                        definition.getSpec().getGroup(),
                        names.getShortNames().isEmpty()
                                ? ""
                                : ", short `" + names.getShortNames().getFirst() + "`"));
        page.append("Columns: ")
                .append(definition.getSpec().getVersions().getFirst().getAdditionalPrinterColumns().stream()
                        .map(ReferencePages::column)
                        .collect(Collectors.joining(", ")))
                .append(".\n");
        for (String part : List.of("spec", "status")) {
            page.append("\n## ").append(part).append("\n\n");
            page.append("| Field | Type | Default | Meaning |\n|---|---|---|---|\n");
            Schemas.properties(root, (path, property) -> {
                if (path.startsWith(part + ".")) {
                    page.append(row(path, property, isRequired(root, path)));
                }
            });
        }
        page.append("\n## What is refused\n\n");
        page.append(
                "Values of another type or outside of the ranges above. Fields that are not above: kubectl and every"
                        + " server-side apply refuse them; for a client that asks for no field validation the API server drops"
                        + " them, with a warning. And:\n\n");
        rules(Schemas.property(root, "spec"), "spec").forEach(page::append);
        return page.toString();
    }

    private static String column(CustomResourceColumnDefinition column) {
        return column.getName() + (column.getPriority() == null ? "" : " (`-o wide`)");
    }

    private static String row(String path, JSONSchemaProps property, boolean required) {
        return "| `%s` | %s | %s | %s |\n"
                .formatted(
                        path,
                        type(property),
                        required ? "required" : property.getDefault() == null ? "" : code(property.getDefault()),
                        property.getDescription().replace("|", "\\|").replace("<", "&lt;"));
    }

    private static String code(JsonNode value) {
        return "`" + (value.isTextual() ? value.textValue() : value.toString()) + "`";
    }

    private static String type(JSONSchemaProps schema) {
        if (schema.getItems() != null) {
            return "list of " + type(schema.getItems().getSchema());
        }
        if (schema.getAdditionalProperties() != null) {
            return "map to " + type(schema.getAdditionalProperties().getSchema());
        }
        if (Boolean.TRUE.equals(schema.getXKubernetesIntOrString())) {
            return "quantity";
        }
        if (!schema.getEnum().isEmpty()) {
            return schema.getEnum().stream().map(JsonNode::textValue).collect(Collectors.joining(", "));
        }
        if (GatewayDuration.PATTERN.equals(schema.getPattern())) {
            return "duration";
        }
        return schema.getFormat() == null || schema.getType().equals("integer") ? schema.getType() : schema.getFormat();
    }

    private static boolean isRequired(JSONSchemaProps root, String path) {
        JSONSchemaProps schema = root;
        boolean required = false;
        for (String step : path.split("[.]")) {
            String name = step.replace("[]", "");
            required = schema.getRequired().contains(name);
            schema = Schemas.property(schema, name);
            schema = step.endsWith("[]") ? schema.getItems().getSchema() : schema;
        }
        return required;
    }

    private static List<String> rules(JSONSchemaProps schema, String path) {
        var lines = new ArrayList<String>();
        schema.getXKubernetesValidations()
                .forEach(rule -> lines.add("- `%s%s` %s\n"
                        .formatted(path, rule.getFieldPath() == null ? "" : rule.getFieldPath(), rule.getMessage())));
        schema.getProperties().forEach((name, property) -> lines.addAll(rules(property, path + "." + name)));
        if (schema.getItems() != null) {
            lines.addAll(rules(schema.getItems().getSchema(), path + "[]"));
        }
        return lines;
    }
}
