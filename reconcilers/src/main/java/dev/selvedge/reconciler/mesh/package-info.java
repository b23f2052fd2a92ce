// SPDX-License-Identifier: Apache-2.0
/** The Mesh: what it owns (trust bundles, webhooks, the rotation Job) and its status. */
@NullMarked
package dev.selvedge.reconciler.mesh;

import org.jspecify.annotations.NullMarked;
