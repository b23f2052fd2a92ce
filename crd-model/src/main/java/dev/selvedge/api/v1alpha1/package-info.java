// SPDX-License-Identifier: Apache-2.0
/**
 * The kinds of group {@code selvedge.dev}, version {@code v1alpha1}: shape, defaults and validation, no logic.
 *
 * <p>The definitions in {@code config/crd} and the pages in {@code docs/reference} are generated from these types. A
 * default stands twice, in the schema for the API server and in the constructor for objects that are built in Java; a
 * test holds the two equal. A list is never null; an object or value that may be absent is {@code @Nullable}.
 */
@NullMarked
package dev.selvedge.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
