// SPDX-License-Identifier: Apache-2.0
/** The mesh on real pods, told as its user would: kubectl in, what kubectl and the applications say out. */
@NullMarked
package dev.selvedge.e2e;

import org.jspecify.annotations.NullMarked;
