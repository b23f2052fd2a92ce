// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold for every field of every kind. */
class SchemaTest {
    static Stream<CustomResourceDefinition> definitions() {
        return Definitions.all().values().stream();
    }

    @ParameterizedTest
    @MethodSource("definitions")
    void everyFieldIsDescribedInSentences(CustomResourceDefinition definition) {
        assertThat(Schemas.root(definition).getDescription()).endsWith(".");
        assertThat(fields(
                        definition,
                        (path, field) -> field.getDescription() == null
                                || !field.getDescription().endsWith(".")))
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("definitions")
    void everyDefaultIsNamedInTheDescription(CustomResourceDefinition definition) {
        assertThat(fields(
                        definition,
                        (path, field) -> field.getDefault() != null
                                && !field.getDefault().isObject()
                                && !field.getDescription().contains("Default: " + text(field.getDefault()))))
                .isEmpty();
    }

    /** CEL's cost is estimated from these bounds, and a list without one has none. */
    @ParameterizedTest
    @MethodSource("definitions")
    void everyListMapAndTextOfASpecIsBounded(CustomResourceDefinition definition) {
        assertThat(fields(definition, (path, field) -> path.startsWith("spec.") && isUnbounded(field)))
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("definitions")
    void everyListIsAtomicButTheConditions(CustomResourceDefinition definition) {
        assertThat(fields(
                        definition,
                        (path, field) ->
                                "array".equals(field.getType()) && !"atomic".equals(field.getXKubernetesListType())))
                .containsExactly("status.conditions");
    }

    /** A default stands in the schema of the field and, made by the constructor, in the default of what holds it. */
    @ParameterizedTest
    @MethodSource("definitions")
    void theDefaultsOfTheTypesAreThoseOfTheSchema(CustomResourceDefinition definition) {
        assertThat(fields(
                        definition,
                        (path, field) -> path.startsWith("spec.")
                                && field.getDefault() != null
                                && field.getProperties().entrySet().stream()
                                        .anyMatch(inner -> inner.getValue().getDefault() != null
                                                && !inner.getValue()
                                                        .getDefault()
                                                        .equals(field.getDefault()
                                                                .get(inner.getKey())))))
                .isEmpty();
    }

    private static boolean isUnbounded(JSONSchemaProps schema) {
        if (schema.getItems() != null) {
            return schema.getMaxItems() == null || isUnbounded(schema.getItems().getSchema());
        }
        if (schema.getAdditionalProperties() != null) {
            return schema.getMaxProperties() == null
                    || isUnbounded(schema.getAdditionalProperties().getSchema());
        }
        boolean isText = "string".equals(schema.getType()) || Boolean.TRUE.equals(schema.getXKubernetesIntOrString());
        return isText && schema.getEnum().isEmpty() && schema.getMaxLength() == null;
    }

    /** As a person writes it: lists without quotes. */
    private static String text(JsonNode value) {
        if (!value.isArray()) {
            return value.asText();
        }
        var items = new ArrayList<String>();
        value.forEach(item -> items.add(item.asText()));
        return items.toString();
    }

    private static List<String> fields(
            CustomResourceDefinition definition, BiPredicate<String, JSONSchemaProps> condition) {
        var found = new ArrayList<String>();
        Schemas.properties(Schemas.root(definition), (path, field) -> {
            if (condition.test(path, field)) {
                found.add(path);
            }
        });
        return found;
    }
}
