// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import dev.selvedge.compiler.snapshot.Kind;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Records, which have to be public, as maps, lists, texts, numbers and booleans, ready to be written as JSON or YAML. By their components, so that
 * a field that is added to one is shown without further ado. Names and values are written as in our kinds; what is absent
 * or empty is left out; of alternatives, {@code type} tells which it is.
 */
public final class Tree {
    private static final String TYPE = "type";

    private Tree() {}

    /** Shown when it is empty, too. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.RECORD_COMPONENT)
    @interface Always {}

    /** Empty when nothing is left of it. */
    public static Optional<Object> of(Object value) {
        return switch (value) {
            case Optional<?> optional -> optional.flatMap(Tree::of);
            case Decider.Nobody _ -> Optional.of(Map.of("kind", "Default"));
            case Decider.Of(var object, var field) -> {
                var by = new LinkedHashMap<String, Object>();
                by.put("kind", kind(object.kind()));
                if (!object.name().namespace().isEmpty()) {
                    by.put("namespace", object.name().namespace());
                }
                by.put("name", object.name().name());
                by.put("field", field);
                yield Optional.of(by);
            }
            case Record record -> notEmpty(fields(record));
            case Map<?, ?> map -> {
                var tree = new LinkedHashMap<String, Object>();
                map.forEach((key, each) -> of(each).ifPresent(it -> tree.put(key.toString(), it)));
                yield notEmpty(tree);
            }
            case Collection<?> all -> {
                var items = all.stream().map(each -> of(each).orElse(Map.of())).toList();
                yield Optional.of(items).filter(list -> !list.isEmpty()).map(Object.class::cast);
            }
            case Duration duration -> Optional.of(text(duration));
            case Enum<?> constant -> Optional.of(word(constant));
            case Number _, Boolean _, String _ -> Optional.of(value);
            default -> Optional.of(value.toString());
        };
    }

    /** As Kubernetes names a kind. */
    public static String kind(Kind kind) {
        return switch (kind) {
            case HTTP_ROUTE -> "HTTPRoute";
            case GRPC_ROUTE -> "GRPCRoute";
            default -> word(kind);
        };
    }

    private static Optional<Object> notEmpty(Map<String, Object> tree) {
        return tree.isEmpty() ? Optional.empty() : Optional.of(tree);
    }

    private static Map<String, Object> fields(Record record) {
        var tree = new LinkedHashMap<String, Object>();
        if (Arrays.stream(record.getClass().getInterfaces()).anyMatch(Class::isSealed)) {
            tree.put(TYPE, record.getClass().getSimpleName());
        }
        for (var component : record.getClass().getRecordComponents()) {
            of(read(record, component))
                    .or(() -> component.isAnnotationPresent(Always.class) ? Optional.of(List.of()) : Optional.empty())
                    .ifPresent(value -> tree.put(component.getName(), value));
        }
        return tree;
    }

    private static Object read(Record record, RecordComponent component) {
        try {
            return component.getAccessor().invoke(record);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("the accessors of records are public and do not fail", e);
        }
    }

    /** {@code LEAST_REQUEST} becomes {@code LeastRequest}; one word without an underscore that is an abbreviation stays. */
    private static String word(Enum<?> constant) {
        var name = constant.name();
        return switch (name) {
            case "HTTP", "HTTP2", "GRPC", "TCP", "TLS" -> name;
            default ->
                Arrays.stream(name.split("_"))
                        .map(part -> part.charAt(0) + part.substring(1).toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining());
        };
    }

    private static String text(Duration duration) {
        var text = List.of(
                        part(duration.toHours(), "h"),
                        part(duration.toMinutesPart(), "m"),
                        part(duration.toSecondsPart(), "s"),
                        part(duration.toMillisPart(), "ms"))
                .stream()
                .collect(Collectors.joining());
        return text.isEmpty() ? "0s" : text;
    }

    private static String part(long value, String unit) {
        return value == 0 ? "" : value + unit;
    }
}
