// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

/** How a path, header or query parameter is compared. Regular expressions are RE2 and match the whole value. */
public sealed interface StringMatch {
    record Exact(String value) implements StringMatch {}

    /** For a path: whole segments, so that {@code /a} matches {@code /a} and {@code /a/b} but not {@code /ab}. */
    record Prefix(String value) implements StringMatch {}

    record Regex(String value) implements StringMatch {}

    record Present() implements StringMatch {}
}
