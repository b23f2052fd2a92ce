// SPDX-License-Identifier: Apache-2.0
/** Calls from pages of other origins. */
@NullMarked
package dev.selvedge.compiler.policy.cors;

import org.jspecify.annotations.NullMarked;
