// SPDX-License-Identifier: Apache-2.0
/** The one thread that owns the compiled mesh: events in, resources and what changed of them out. */
@NullMarked
package dev.selvedge.operator.compile;

import org.jspecify.annotations.NullMarked;
