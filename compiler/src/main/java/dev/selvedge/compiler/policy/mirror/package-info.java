// SPDX-License-Identifier: Apache-2.0
/** Copies of requests. */
@NullMarked
package dev.selvedge.compiler.policy.mirror;

import org.jspecify.annotations.NullMarked;
