// SPDX-License-Identifier: Apache-2.0
/** Answers that a route gives itself. */
@NullMarked
package dev.selvedge.compiler.policy.redirect;

import org.jspecify.annotations.NullMarked;
