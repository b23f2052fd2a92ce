// SPDX-License-Identifier: Apache-2.0
/** What the API server asks before it stores a pod of the mesh, or an object of ours. Thin: the decisions are pure functions elsewhere. */
@NullMarked
package dev.selvedge.operator.webhook;

import org.jspecify.annotations.NullMarked;
