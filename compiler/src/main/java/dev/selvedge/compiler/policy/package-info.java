// SPDX-License-Identifier: Apache-2.0
/**
 * One folder for each policy: its part of the model, its part of Envoy. Here, what one object alone can get wrong: the
 * same rules for admission and for the compiler.
 */
@NullMarked
package dev.selvedge.compiler.policy;

import org.jspecify.annotations.NullMarked;
