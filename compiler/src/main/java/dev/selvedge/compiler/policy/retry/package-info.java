// SPDX-License-Identifier: Apache-2.0
/** Retries of a route. */
@NullMarked
package dev.selvedge.compiler.policy.retry;

import org.jspecify.annotations.NullMarked;
