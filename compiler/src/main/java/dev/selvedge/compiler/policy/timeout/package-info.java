// SPDX-License-Identifier: Apache-2.0
/** Timeouts of a route. */
@NullMarked
package dev.selvedge.compiler.policy.timeout;

import org.jspecify.annotations.NullMarked;
