// SPDX-License-Identifier: Apache-2.0
/** Two versions of a Service, and which gets the requests. */
@NullMarked
package dev.selvedge.compiler.policy.release;

import org.jspecify.annotations.NullMarked;
