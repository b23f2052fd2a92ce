// SPDX-License-Identifier: Apache-2.0
/** Which replica writes to the cluster. */
@NullMarked
package dev.selvedge.reconciler.leadership;

import org.jspecify.annotations.NullMarked;
