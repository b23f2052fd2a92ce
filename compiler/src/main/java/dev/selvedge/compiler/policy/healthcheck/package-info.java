// SPDX-License-Identifier: Apache-2.0
/** How endpoints are asked whether they serve. */
@NullMarked
package dev.selvedge.compiler.policy.healthcheck;

import org.jspecify.annotations.NullMarked;
