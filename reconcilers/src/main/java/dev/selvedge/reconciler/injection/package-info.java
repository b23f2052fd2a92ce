// SPDX-License-Identifier: Apache-2.0
/** Who gets a sidecar, and what that changes in the pod. Pure functions on the Kubernetes model. */
@NullMarked
package dev.selvedge.reconciler.injection;

import org.jspecify.annotations.NullMarked;
