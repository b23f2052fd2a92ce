// SPDX-License-Identifier: Apache-2.0
/** One folder for each policy: what is checked of it, its part of the model, its part of Envoy. */
@NullMarked
package dev.selvedge.compiler.policy;

import org.jspecify.annotations.NullMarked;
