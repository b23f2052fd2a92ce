// SPDX-License-Identifier: Apache-2.0
/** What the reconcilers report: read through {@link MeshState}, written as conditions. */
@NullMarked
package dev.selvedge.reconciler.status;

import org.jspecify.annotations.NullMarked;
