// SPDX-License-Identifier: Apache-2.0
/**
 * What the objects of the cluster mean: views for the proxies, and for each object of a user what became of it. Static
 * pure functions; everything they know comes through {@code Reads} and their arguments.
 */
@NullMarked
package dev.selvedge.compiler.resolve;

import org.jspecify.annotations.NullMarked;
