// SPDX-License-Identifier: Apache-2.0
/** The compiled resources in a real Envoy on loopback: what it accepts, and what it does with them. */
@NullMarked
package dev.selvedge.compiler.envoy;

import org.jspecify.annotations.NullMarked;
