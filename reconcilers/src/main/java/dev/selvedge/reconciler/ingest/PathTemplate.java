// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static java.util.stream.Collectors.joining;

import java.util.stream.Stream;

/** Paths with open segments, as regular expressions (RE2). */
final class PathTemplate {
    private static final String SEGMENT = "[^/]+";
    private static final String REST = ".*";

    private PathTemplate() {}

    /** @param template starts with a slash */
    static String regex(String template) {
        return Stream.of(template.split("/", -1)).map(PathTemplate::segment).collect(joining("/"));
    }

    private static String segment(String segment) {
        if (segment.equals("**")) {
            return REST;
        }
        var open = segment.equals("*") || (segment.startsWith("{") && segment.endsWith("}"));
        return open ? SEGMENT : literal(segment);
    }

    /** Text that stands for itself. */
    static String literal(String text) {
        return text.replaceAll("[^A-Za-z0-9_/:-]", "\\\\$0");
    }
}
