// SPDX-License-Identifier: Apache-2.0
/** Compiled resources and their names: what the compiler hands to the xDS server. */
@NullMarked
package dev.selvedge.compiler.resource;

import org.jspecify.annotations.NullMarked;
