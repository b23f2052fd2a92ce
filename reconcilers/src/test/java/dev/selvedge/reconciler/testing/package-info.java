// SPDX-License-Identifier: Apache-2.0
/** What the tests of several packages share. */
@NullMarked
package dev.selvedge.reconciler.testing;

import org.jspecify.annotations.NullMarked;
