// SPDX-License-Identifier: Apache-2.0
/** What the tests of several modules share. */
@NullMarked
package dev.selvedge.testing;

import org.jspecify.annotations.NullMarked;
