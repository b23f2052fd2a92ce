// SPDX-License-Identifier: Apache-2.0
/** Whole compilations, checked in: objects of a cluster in, Envoy resources and outcomes out. */
@NullMarked
package dev.selvedge.compiler.golden;

import org.jspecify.annotations.NullMarked;
