// SPDX-License-Identifier: Apache-2.0
/** What the tests with hostile input have in common. */
@NullMarked
package dev.selvedge.operator.fuzz;

import org.jspecify.annotations.NullMarked;
