// SPDX-License-Identifier: Apache-2.0
/** How many requests a pod takes. */
@NullMarked
package dev.selvedge.compiler.policy.ratelimit;

import org.jspecify.annotations.NullMarked;
