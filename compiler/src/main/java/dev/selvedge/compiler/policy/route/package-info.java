// SPDX-License-Identifier: Apache-2.0
/** How a route of a TrafficPolicy or an HTTPRoute becomes matches and shares of Envoy. */
@NullMarked
package dev.selvedge.compiler.policy.route;

import org.jspecify.annotations.NullMarked;
