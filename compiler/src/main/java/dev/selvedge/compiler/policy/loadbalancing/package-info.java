// SPDX-License-Identifier: Apache-2.0
/** Which endpoint gets a request. */
@NullMarked
package dev.selvedge.compiler.policy.loadbalancing;

import org.jspecify.annotations.NullMarked;
