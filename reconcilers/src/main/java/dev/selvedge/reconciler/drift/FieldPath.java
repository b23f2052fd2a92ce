// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.drift;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Stream;

/** A place in an object, such as {@code spec.template.spec.containers[proxy].image}. */
record FieldPath(List<Segment> segments) {
    static final FieldPath ROOT = new FieldPath(List.of());

    FieldPath {
        segments = List.copyOf(segments);
    }

    /** One step of a path. */
    sealed interface Segment {
        record Field(String name) implements Segment {}

        /** The item of that name in a list. */
        record Item(String name) implements Segment {}
    }

    FieldPath then(Segment segment) {
        return new FieldPath(
                Stream.concat(segments.stream(), Stream.of(segment)).toList());
    }

    /** Whether a set of fields as in {@code metadata.managedFields[].fieldsV1} holds this path or something under it. */
    boolean isIn(JsonNode fieldsV1) {
        var node = fieldsV1;
        for (var segment : segments) {
            var next = step(node, segment);
            if (next.isMissingNode()) {
                // A leaf above the path: a list or map that is owned as a whole.
                return node != fieldsV1 && node.isEmpty();
            }
            node = next;
        }
        return true;
    }

    private static JsonNode step(JsonNode node, Segment segment) {
        return switch (segment) {
            case Segment.Field(var name) -> node.path("f:" + name);
            case Segment.Item(var name) ->
                node.properties().stream()
                        .filter(child -> child.getKey().startsWith("k:")
                                && child.getKey().contains("\"name\":\"" + name + "\""))
                        .map(java.util.Map.Entry::getValue)
                        .findFirst()
                        .orElseGet(() -> node.path("."));
        };
    }

    @Override
    public String toString() {
        var text = new StringBuilder();
        for (var segment : segments) {
            switch (segment) {
                case Segment.Field(var name) ->
                    text.append(text.isEmpty() ? "" : ".").append(name);
                case Segment.Item(var name) -> text.append('[').append(name).append(']');
            }
        }
        return text.toString();
    }
}
