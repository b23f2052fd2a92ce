// SPDX-License-Identifier: Apache-2.0
/** Limits of a cluster, and the ejection of endpoints that fail. */
@NullMarked
package dev.selvedge.compiler.policy.circuitbreaking;

import org.jspecify.annotations.NullMarked;
