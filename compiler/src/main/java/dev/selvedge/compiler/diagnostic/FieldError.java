// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.diagnostic;

/**
 * One mistake in one object, as the webhook and the status tell it.
 *
 * @param field path from the object's root, such as {@code spec.routes[0].matches[1].path.value}
 * @param value the offending value as written
 * @param reason what is wrong with it
 * @param remedy what to write instead
 */
public record FieldError(String field, String value, String reason, String remedy) {
    /** {@code spec.x: "value": reason; remedy}. */
    public String message() {
        return field + ": \"" + value + "\": " + reason + "; " + remedy;
    }
}
