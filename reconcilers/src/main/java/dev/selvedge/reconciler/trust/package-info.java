// SPDX-License-Identifier: Apache-2.0
/** How one trust anchor follows another: what is stored, who has what, and what comes next. */
@NullMarked
package dev.selvedge.reconciler.trust;

import org.jspecify.annotations.NullMarked;
