// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.generate;

import com.fasterxml.jackson.databind.JsonNode;
import dev.selvedge.api.v1alpha1.Enforced;
import dev.selvedge.api.v1alpha1.GatewayDuration;
import dev.selvedge.api.v1alpha1.TrafficPolicySpec;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Renders {@code docs/reference/traffic.md}: each field of a TrafficPolicy that is enforced by a proxy, with its default,
 * its unit, where it is enforced, and Envoy's field. The last two come from {@link Enforced}; the rest from the schema.
 */
final class TrafficPage {
    private static final Pattern DEFAULT = Pattern.compile("Default: (.*)[.]$");

    /** A type is shared here with another field, and a rule of the schema refuses this part of it. */
    private static final String REFUSED = "spec.faults[].matches[].source";

    private TrafficPage() {}

    static String page(CustomResourceDefinition definition) {
        var marks = new HashMap<String, Enforced>();
        marks("spec", TrafficPolicySpec.class, null, marks);
        var page = new StringBuilder();
        page.append("<!-- Generated from the types in crd-model by `make generate`; do not edit. -->\n");
        page.append("# Traffic: where each field is enforced\n\n");
        page.append(
                "The fields of a [TrafficPolicy](trafficpolicy.md) that proxies enforce, and what becomes of each in"
                        + " Envoy. What a field means is on that page; how to use it is in the"
                        + " [guide](../guide/traffic.md).\n\n");
        page.append("| Field | Default | Unit | Enforced at | Envoy |\n|---|---|---|---|---|\n");
        Schemas.properties(Schemas.root(definition), (path, schema) -> {
            Enforced mark = marks.get(path);
            if (mark != null && !path.startsWith(REFUSED)) {
                page.append("| `%s` | %s | %s | %s | `%s` |\n"
                        .formatted(path, defaultOf(schema), unit(path, schema), mark.at(), mark.value()));
            }
        });
        return page.toString();
    }

    /** The fields of a type that hold no other fields, by their paths; a mark holds for what is inside too. */
    private static void marks(String path, Class<?> type, @Nullable Enforced outer, Map<String, Enforced> marks) {
        for (Field field : type.getDeclaredFields()) {
            if (java.lang.reflect.Modifier.isStatic(field.getModifiers())) {
                continue;
            }
            Enforced own = field.getAnnotation(Enforced.class);
            Enforced mark = own == null ? outer : own;
            List<Class<?>> held = held(field.getGenericType());
            String there = path + "." + field.getName() + (List.class.isAssignableFrom(field.getType()) ? "[]" : "");
            boolean holdsFields = held.stream().anyMatch(Class::isRecord);
            if (holdsFields) {
                held.stream().filter(Class::isRecord).forEach(inner -> marks(there, inner, mark, marks));
            } else if (mark != null) {
                marks.put(path + "." + field.getName(), mark);
            }
        }
    }

    private static List<Class<?>> held(Type type) {
        var found = new ArrayList<Class<?>>();
        if (type instanceof Class<?> plain) {
            found.add(plain);
        } else if (type instanceof ParameterizedType generic) {
            for (Type argument : generic.getActualTypeArguments()) {
                found.addAll(held(argument));
            }
        }
        return found;
    }

    private static String defaultOf(JSONSchemaProps schema) {
        JsonNode value = schema.getDefault();
        if (value != null) {
            return "`" + (value.isTextual() ? value.textValue() : value.toString()) + "`";
        }
        var matcher = DEFAULT.matcher(schema.getDescription());
        return matcher.find() ? matcher.group(1).replace("|", "\\|") : "";
    }

    private static String unit(String path, JSONSchemaProps schema) {
        if (GatewayDuration.PATTERN.equals(schema.getPattern())) {
            return "duration";
        }
        if (path.toLowerCase(java.util.Locale.ROOT).endsWith("percent")) {
            return "percent";
        }
        return "integer".equals(schema.getType()) ? "count" : "";
    }
}
